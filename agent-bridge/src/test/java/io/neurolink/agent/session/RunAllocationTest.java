package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.agent.support.SilentConnection;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a chunk allocates on its way to the viewers: the growth of the log, and nothing for each viewer. */
class RunAllocationTest {
    private static final int CHUNKS = 100_000;
    private static final int VIEWERS = 100;
    /** A piece of six bytes and its place in the index, in segments that are never quite full. */
    private static final double MOST_PER_CHUNK = 32;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ManualTime time = new ManualTime();
    private final ScriptedAgent agent = new ScriptedAgent();
    private final AgentHandler handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).build();
    private final AgentEvent piece = new AgentEvent.Text("token ");

    @Test
    void shouldAllocateNothingPerViewer() {
        double one = bytesPerChunk("one", 1);
        double many = bytesPerChunk("many", VIEWERS);
        assertTrue(one <= MOST_PER_CHUNK, () -> "bytes per chunk: " + one);
        assertTrue(many <= MOST_PER_CHUNK, () -> "bytes per chunk for " + VIEWERS + " viewers: " + many);
    }

    private double bytesPerChunk(String id, int viewers) {
        List<SilentConnection> connections = new ArrayList<>();
        for (int i = 0; i < viewers; i++) {
            SilentConnection connection = new SilentConnection();
            handler.onOpen(connection);
            receive(connection, i == 0 ? "{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}"
                    : "{\"type\":\"resume\",\"payload\":{\"requestId\":\"" + id + "\",\"after\":0}}");
            connections.add(connection);
        }
        ScriptedRun run = agent.last();
        say(run, CHUNKS);
        long before = threads.getCurrentThreadAllocatedBytes();
        say(run, CHUNKS);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        for (SilentConnection connection : connections) {
            assertTrue(connection.messages() >= 2 * CHUNKS, () -> "messages " + connection.messages());
        }
        run.subscriber.onComplete();
        assertEquals(0, handler.counters().get("runs.viewers"));
        return (double) allocated / CHUNKS;
    }

    private void say(ScriptedRun run, int count) {
        for (int i = 0; i < count; i++) {
            run.emit(piece);
        }
    }

    private void receive(WebSocketConnection connection, String text) {
        handler.onMessage(connection, new TextMessage(text));
    }

    private record TextMessage(String text) implements WebSocketMessage {
        @Override
        public WebSocketMessageType type() {
            return WebSocketMessageType.TEXT;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public ByteBuffer bytes() {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public byte[] toByteArray() {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public long timestamp() {
            return 0;
        }
    }
}
