package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.conformance.DeflateGroup;
import io.neurolink.engine.conformance.DeflateGroup.Content;
import io.neurolink.engine.conformance.DeflateGroup.Fault;
import io.neurolink.engine.conformance.DeflateGroup.Parameters;
import io.neurolink.engine.conformance.StrictReader;
import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.EngineCounter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Groups 12 and 13 in lock-step. */
@Timeout(300)
class LockStepDeflateConformanceTest {
    private static final int[] SIZES = {0, 1, 16, 125, 126, 256, 1024, 4096, 33_000, 131_072};
    private static final int COUNT = 12;

    private final RecordingHandler handler = new RecordingHandler().atMessage(WebSocketConnection::send);

    /** A peer, stepped with the server whenever it wants something. */
    private static final class SteppedTalk implements DeflateGroup.Talk {
        private final LockStepServer server;
        private final TestPeer peer;
        private final ArrayDeque<Frame> frames = new ArrayDeque<>();

        SteppedTalk(LockStepServer server, TestPeer peer) {
            this.server = server;
            this.peer = peer;
        }

        @Override
        public void send(byte[] bytes) {
            peer.send(bytes);
        }

        @Override
        public Frame read() throws IOException {
            if (frames.isEmpty()) {
                server.settle();
                ByteArrayInputStream in = new ByteArrayInputStream(peer.take());
                StrictReader reader = new StrictReader(in, false, peer.deflate());
                while (in.available() > 0) {
                    frames.add(reader.read());
                }
            }
            assertFalse(frames.isEmpty(), "nothing came");
            return frames.remove();
        }

        @Override
        public void expectEnd() {
            assertTrue(frames.isEmpty(), () -> "more came: " + frames);
            peer.transport.end();
            server.settle();
            assertFalse(peer.hasUnseen(), "more came");
            assertTrue(peer.transport.isClosed());
        }
    }

    private LockStepServer start(Mode mode, Parameters parameters) {
        handler.forget();
        return LockStepServer.builder(mode).handler(handler).config(config -> config.compression(parameters.config())
                .maxMessageSize(DeflateGroup.MAX_MESSAGE_SIZE).maxBufferedBytes(4 * DeflateGroup.MAX_MESSAGE_SIZE)).start();
    }

    private static DeflateGroup connect(LockStepServer server, Parameters parameters) {
        TestPeer peer = server.open("/ws", "Sec-WebSocket-Extensions: " + parameters.offer());
        assertTrue(peer.deflate() != null, () -> "declined: " + parameters);
        return new DeflateGroup(new SteppedTalk(server, peer), peer.deflate(), true);
    }

    private static void end(LockStepServer server) {
        server.end();
        assertEquals(0, server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + server.stacks());
        assertEquals(List.of(), server.errors(), () -> "errors: " + server.stacks());
    }

    @ParameterizedTest
    @EnumSource(names = {"INLINE", "WORKER"})
    void shouldEchoWithEverySetOfParameters(Mode mode) throws IOException {
        int messages = 0;
        for (Parameters parameters : DeflateGroup.parameters()) {
            LockStepServer server = start(mode, parameters);
            for (Content content : Content.values()) {
                DeflateGroup peer = connect(server, parameters);
                for (int size : SIZES) {
                    int count = size > 10_000 ? COUNT / 4 : COUNT;
                    try {
                        peer.echo(content, size, count);
                    } catch (AssertionError e) {
                        throw new AssertionError(parameters + ", " + content + " of " + size, e);
                    }
                    messages += count;
                }
                peer.close();
            }
            end(server);
        }
        System.out.printf("conformance 12, 13 in lock-step %s: %d sets of parameters, %d messages%n", mode,
                DeflateGroup.parameters().size(), messages);
    }

    @ParameterizedTest
    @EnumSource(names = {"INLINE", "WORKER"})
    void shouldRefuseWithEverySetOfParameters(Mode mode) throws IOException {
        for (Parameters parameters : DeflateGroup.parameters()) {
            LockStepServer server = start(mode, parameters);
            for (Fault fault : Fault.values()) {
                try {
                    connect(server, parameters).fail(fault);
                } catch (AssertionError e) {
                    throw new AssertionError(parameters + ", " + fault, e);
                }
            }
            end(server);
        }
    }
}
