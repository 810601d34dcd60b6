package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.support.CuttableSocket;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.agent.support.StepAgent;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * One run of a fast model, many viewers, a tenth of which stop reading: the others lose nothing and do not wait, memory stays bounded, and
 * those who stopped get everything when they come again. Over sockets with 100 viewers, or, with {@code -Druns.crowd.all=true}, 500.
 */
class RunCrowdTest {
    private static final int VIEWERS = 500;
    private static final int SOCKETS = Boolean.getBoolean("runs.crowd.all") ? 500 : 100;
    private static final int STOPPED_PART = 10;

    @Test
    void shouldHurtOnlyThoseWhoStop() {
        ManualTime time = new ManualTime();
        ScriptedAgent agent = new ScriptedAgent();
        AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time)
                .config(AgentHandlerConfig.builder().maxRunLogBytes(48 * 1024).build()).build();
        List<FakeConnection> viewers = new ArrayList<>();
        for (int i = 0; i < VIEWERS; i++) {
            FakeConnection viewer = new FakeConnection().marks(4000, 100_000).open(handler);
            viewer.receive(i == 0 ? "{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}"
                    : "{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":0}}");
            viewers.add(viewer);
        }
        ScriptedRun run = agent.last();
        List<FakeConnection> stopped = viewers.subList(VIEWERS - VIEWERS / STOPPED_PART, VIEWERS);
        stopped.forEach(FakeConnection::stopReading);
        for (int i = 0; i < 2000; i++) {
            assertTrue(run.isWanted(), "the model need not wait for those who stopped");
            run.text("the token number " + i + " ");
            assertEquals(i + 2L, last(viewers.get(VIEWERS / 2)).get("seq"), "others are sent it at once");
        }
        run.subscriber.onComplete();
        long logBytes = handler.counters().get("runs.log_bytes");
        assertTrue(logBytes < 64 * 1024, () -> "log " + logBytes);
        assertEquals(stopped.size(), handler.counters().get("runs.viewers_detached"));
        for (FakeConnection viewer : viewers.subList(1, VIEWERS - stopped.size())) {
            assertEquals(viewers.get(0).ofRun("r").subList(1, 2003), viewer.ofRun("r").subList(1, 2003));
        }
        for (FakeConnection viewer : stopped) {
            assertTrue(viewer.peakBuffered() < 4000 + 200);
            viewer.readAll();
            assertEquals("trimmed", last(viewer).get("reason"));
        }
        assertEquals(0, handler.counters().get("runs.viewers"));
    }

    private static Map<String, Object> last(FakeConnection connection) {
        List<Map<String, Object>> messages = connection.messages();
        return messages.get(messages.size() - 1);
    }

    @Test
    void shouldLoseNothingOverSockets() throws Exception {
        List<AgentEvent> events = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            String piece = ("line " + i + "\n").repeat(400);
            events.add(new AgentEvent.Text(piece));
            text.append(piece);
        }
        String all = text.toString();
        ExecutorService threads = Executors.newCachedThreadPool();
        StepAgent agent = new StepAgent(threads, request -> new StepAgent.Script(events, null, 0));
        WebSocketConfig config = WebSocketConfig.builder().writableMarks(16 * 1024, 64 * 1024).build();
        var manager = new WebSocketConnectionManager(config);
        List<CuttableSocket> sockets = new ArrayList<>();
        try (AgentHandler handler = AgentHandler.builder(agent).config(AgentHandlerConfig.builder().matching(config)
                .maxRunLogBytes(16 * 1024 * 1024).build()).build();
                NeuroLinkServer server = start(manager, handler)) {
            for (int i = 0; i < SOCKETS; i++) {
                sockets.add(join(server.port(), i == 0 ? null : 0L));
            }
            int readers = SOCKETS - SOCKETS / STOPPED_PART;
            List<Future<?>> reading = new ArrayList<>();
            for (CuttableSocket socket : sockets.subList(0, readers)) {
                reading.add(threads.submit(() -> readToTheEnd(socket, all)));
            }
            agent.allow("r", Integer.MAX_VALUE);
            for (Future<?> reader : reading) {
                reader.get();
            }
            // Who has been sent the end is let go after that; those who stopped are not at the end.
            Eventually.become(() -> handler.counters().get("runs.viewers") == SOCKETS - readers, () -> "" + handler.counters());
            assertTrue(handler.counters().get("runs.log_bytes") < 7 * 1024 * 1024, () -> "" + handler.counters());
            long buffered = manager.getAllConnections().stream().mapToLong(connection -> connection.bufferedAmount()).sum();
            assertTrue(buffered < (SOCKETS - readers) * 128L * 1024, () -> "buffered " + buffered);
            for (CuttableSocket socket : sockets.subList(readers, SOCKETS)) {
                socket.cut(CuttableSocket.Cut.RESET);
                CuttableSocket again = join(server.port(), 0L);
                readToTheEnd(again, all);
                again.close();
            }
        } finally {
            for (CuttableSocket socket : sockets) {
                socket.close();
            }
            threads.shutdownNow();
        }
    }

    private static NeuroLinkServer start(WebSocketConnectionManager manager, AgentHandler handler) throws IOException {
        manager.registerHandler("/ws", handler);
        return NeuroLinkServer.builder().port(0).webSocket(manager).eventLoops(1).workers(1).build().start();
    }

    /** @return a connection that starts the run, or sees it from an event on. */
    private static CuttableSocket join(int port, Long after) throws IOException {
        CuttableSocket socket = new CuttableSocket(port, "/ws", null, 8 * 1024);
        assertEquals("connected", socket.next().get("type"));
        socket.send(after == null ? "{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}"
                : "{\"type\":\"resume\",\"payload\":{\"requestId\":\"r\",\"after\":" + after + "}}");
        assertEquals(after == null ? "accepted" : "resumed", socket.next().get("type"));
        return socket;
    }

    /** Checks that the text is there, all of it and once, in chunks that follow on each other. */
    private static Void readToTheEnd(CuttableSocket socket, String text) throws IOException {
        int at = 0;
        long seen = 0;
        Map<String, Object> message = socket.next();
        while (!message.get("type").equals("stream_complete")) {
            long parts = message.get("n") == null ? 1 : (Long) message.get("n");
            assertEquals(seen + parts, (Long) message.get("seq"));
            seen += parts;
            String content = message.get("content") == null ? "" : (String) message.get("content");
            assertTrue(text.startsWith(content, at), "another text");
            at += content.length();
            message = socket.next();
        }
        assertEquals(text.length(), at);
        assertEquals(seen + 1, (Long) message.get("seq"));
        return null;
    }
}
