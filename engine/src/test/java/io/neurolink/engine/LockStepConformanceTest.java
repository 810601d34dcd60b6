package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.conformance.Case;
import io.neurolink.engine.conformance.Group;
import io.neurolink.engine.conformance.Script;
import io.neurolink.engine.conformance.StrictReader;
import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The table of cases against an echoing server in lock-step, so that not only what comes back is known but also when: every frame and every
 * failure at the very byte that brings it about, and not one byte earlier or later.
 */
@Timeout(300)
class LockStepConformanceTest {
    /** A script of up to that many bytes is also sent byte by byte. */
    private static final int MAX_BYTE_BY_BYTE = 600;

    /** A script of up to that many bytes is also cut in two at every byte. */
    private static final int MAX_CUT_EVERYWHERE = 28;

    private static final int CONNECTIONS_PER_SERVER = 500;

    /** Virtual threads take their turns as workers do: one of so many cases is enough to see that. */
    private static final int SOME = 4;

    private final RecordingHandler handler = new RecordingHandler().atMessage(WebSocketConnection::send);
    private LockStepServer server;
    private int connections;
    private int runs;

    enum Threading { INLINE, WORKER, VIRTUAL }

    private void start(Group group, Threading threading) {
        Mode mode = threading == Threading.WORKER ? Mode.WORKER : Mode.INLINE;
        LockStepServer.Builder builder = LockStepServer.builder(mode).config(group::configure).handler("/ws", handler);
        server = (threading == Threading.VIRTUAL ? builder.steppedVirtualThreads() : builder).start();
        connections = 0;
    }

    private void end() {
        server.end();
        assertEquals(0, server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + server.stacks());
        assertEquals(List.of(), server.errors(), () -> "errors: " + server.stacks());
    }

    @ParameterizedTest
    @EnumSource(Group.class)
    void shouldDoTheRightThingAtTheRightByteInline(Group group) {
        runAll(group, Threading.INLINE);
    }

    @ParameterizedTest
    @EnumSource(Group.class)
    void shouldDoTheRightThingAtTheRightByteWithWorkers(Group group) {
        runAll(group, Threading.WORKER);
    }

    @ParameterizedTest
    @EnumSource(Group.class)
    void shouldDoTheRightThingAtTheRightByteOnVirtualThreads(Group group) {
        runAll(group, Threading.VIRTUAL);
    }

    private void runAll(Group group, Threading threading) {
        start(group, threading);
        group.runEvery(threading == Threading.VIRTUAL ? SOME : 1, "lock-step " + threading, one -> {
            try {
                runInEveryWay(one, group, threading);
            } catch (IOException | AssertionError e) {
                // what comes next begins with a server that nothing is wrong with
                start(group, threading);
                throw e;
            } finally {
                handler.forget();
            }
        });
        end();
        assertTrue(runs > 0);
    }

    private void runInEveryWay(Case one, Group group, Threading threading) throws IOException {
        Script script = one.script(true);
        int length = script.bytes().length;
        run(script, script.stops(), group, threading);
        if (length <= MAX_BYTE_BY_BYTE) {
            List<Integer> everywhere = new ArrayList<>();
            for (int at = 1; at <= length; at++) {
                everywhere.add(at);
            }
            run(script, everywhere, group, threading);
        }
        if (length <= MAX_CUT_EVERYWHERE) {
            for (int at = 1; at < length; at++) {
                run(script, List.of(at, length), group, threading);
            }
        }
        // all at once, with what comes after the end
        run(script, List.of(length), group, threading);
    }

    // ------------------------------------------------------------------ one run

    private void run(Script script, List<Integer> stops, Group group, Threading threading) throws IOException {
        if (connections++ == CONNECTIONS_PER_SERVER) {
            end();
            start(group, threading);
        }
        runs++;
        handler.forget();
        TestPeer peer = server.open();
        List<Frame> frames = new ArrayList<>();
        boolean isEndingAtOnce = script.ending().isAnswer() && stops.contains(script.end());
        int sent = 0;
        for (int stop : stops) {
            send(script, threading, sent, stop, peer, frames, isEndingAtOnce);
            sent = stop;
        }
        if (sent < script.bytes().length) {
            send(script, threading, sent, script.bytes().length, peer, frames, isEndingAtOnce);
        }
        peer.transport.end();
        server.settle();
        assertTrue(peer.transport.isClosed(), "closed by the server");
        verifyTold(script);
    }

    /** @param isEndingAtOnce whether nothing comes together with a close frame that the server answers. */
    private void send(Script script, Threading threading, int from, int to, TestPeer peer, List<Frame> frames, boolean isEndingAtOnce)
            throws IOException {
        peer.send(Arrays.copyOfRange(script.bytes(), from, to));
        server.settle();
        if (peer.hasUnseen()) {
            frames.addAll(framesOf(peer.take()));
        }
        verify(script, threading, to, frames, peer, isEndingAtOnce);
    }

    private static List<Frame> framesOf(byte[] bytes) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        StrictReader reader = new StrictReader(in, false);
        List<Frame> frames = new ArrayList<>();
        while (in.available() > 0) {
            try {
                frames.add(reader.read());
            } catch (EOFException e) {
                throw new AssertionError("part of a frame is written while the line takes everything", e);
            }
        }
        return frames;
    }

    private static void verify(Script script, Threading threading, int sent, List<Frame> frames, TestPeer peer, boolean isEndingAtOnce) {
        boolean isEnded = sent >= script.end();
        List<Frame> answers = isEnded && !frames.isEmpty() ? frames.subList(0, frames.size() - 1) : frames;
        if (threading == Threading.INLINE) {
            script.verify(answers, sent);
        } else {
            // A pong comes from the loop and may overtake an answer that a handler elsewhere still has to give.
            script.verify(answers, sent, Frame::isControl);
            script.verify(answers, sent, frame -> !frame.isControl());
        }
        if (!isEnded) {
            assertFalse(peer.transport.isClosed() || peer.transport.isOutputShut(), () -> "ended after byte " + sent + ", not "
                    + script.end());
            return;
        }
        assertTrue(!frames.isEmpty() && frames.get(frames.size() - 1).isClose(), () -> "no close frame after byte " + sent);
        script.ending().verify(frames.get(frames.size() - 1));
        assertEquals(isEndingAtOnce, peer.transport.isClosed(), "the server closes at once when it answers and nothing came behind");
        assertTrue(isEndingAtOnce || peer.transport.isOutputShut(), "else the server ends its direction");
    }

    /** The handler is told the same: every message that came back, the fault if there was one, the end. */
    private void verifyTold(Script script) {
        List<String> events = handler.events();
        long messages = script.dues().stream().filter(due -> !due.frame().isControl()).count();
        assertEquals("open", events.get(0));
        assertEquals(messages, events.stream().filter(event -> event.startsWith("text") || event.startsWith("binary")).count());
        assertEquals(script.ending().isAnswer() ? 0 : 1, events.stream().filter(event -> event.startsWith("error")).count());
        assertTrue(events.get(events.size() - 1).startsWith("close " + script.ending().code()), () -> events.get(events.size() - 1));
        assertEquals(List.of(), handler.faults());
        assertEquals(List.of(), handler.unclosed());
    }
}
