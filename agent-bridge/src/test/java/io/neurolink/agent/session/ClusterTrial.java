package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolApproval;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.agent.support.MemoryReplication;
import io.neurolink.agent.support.ScriptedAgent;
import io.neurolink.agent.support.ScriptedAgent.ScriptedRun;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Three nodes with handlers of their own, and what lies between them, in lock-step: it happens when the test says so. */
abstract class ClusterTrial {
    static final AuthenticatedUser ANN = AuthenticatedUser.of("ann");
    static final AuthenticatedUser BOB = AuthenticatedUser.of("bob");
    static final int LOG_LIMIT = 32 * 1024;

    final ManualTime time = new ManualTime();
    final MemoryReplication logs = new MemoryReplication();
    final Server a = new Server("a");
    final Server b = new Server("b");
    final Server c = new Server("c");

    {
        // As long after their start as others need to be back, where all were away.
        time.advance(Duration.ofSeconds(8));
    }

    /** A node with an agent of its own. */
    final class Server {
        final MemoryReplication.Node bus;
        final ScriptedAgent agent = new ScriptedAgent(
                AgentTool.named("pay").approval(ToolApproval.REQUIRED).async(call -> CompletableFuture.completedStage("paid")),
                AgentTool.client("look", "Looks.", "{}"));
        final AgentHandler handler;

        Server(String name) {
            bus = logs.node(name);
            handler = AgentHandler.builder(agent).scheduler(time).clocks(time, time).toolThreads(time).replication(bus)
                    .config(AgentHandlerConfig.builder().maxRunLogBytes(LOG_LIMIT).maxJoinedBytes(100).build()).build();
        }

        FakeConnection connect() {
            return connect(null);
        }

        FakeConnection connect(AuthenticatedUser user) {
            FakeConnection connection = new FakeConnection().marks(400, 100_000).user(user).open(handler);
            connection.take();
            return connection;
        }

        long counter(String name) {
            return handler.counters().get(name);
        }

        void kill() {
            bus.kill();
        }
    }

    /** Everything that is due now happens. */
    void settle() {
        do {
            time.advance(Duration.ZERO);
        } while (logs.settle());
    }

    /** What lingers is sent. */
    void linger() {
        pass(Duration.ofMillis(30));
    }

    void pass(Duration duration) {
        settle();
        long endNs = time.nanoTime() + duration.toNanos();
        while (time.nanoTime() < endNs) {
            time.advance(Duration.ofNanos(Math.min(10_000_000, endNs - time.nanoTime())));
            settle();
        }
    }

    ScriptedRun stream(Server server, FakeConnection connection, String id) {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}");
        settle();
        return server.agent.last();
    }

    void resume(FakeConnection connection, String id, long after) {
        connection.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"" + id + "\",\"after\":" + after + "}}");
        settle();
    }

    static Map<String, Object> resumed(String id, long after, long to, boolean isLive) {
        return Map.of("type", "resumed", "requestId", id, "after", after, "to", to, "live", isLive);
    }

    static Map<String, Object> failed(String id, String reason) {
        return Map.of("type", "resume_failed", "requestId", id, "reason", reason);
    }

    static Map<String, Object> chunk(String id, long seq, String content) {
        return Map.of("type", "chunk", "requestId", id, "seq", seq, "content", content);
    }

    static Map<String, Object> lost(String id, long seq) {
        return Map.of("type", "error", "requestId", id, "seq", seq, "error", "The server that ran this was lost",
                "code", "MODEL_UNAVAILABLE", "retryable", true);
    }

    static Map<String, Object> last(FakeConnection connection) {
        List<Map<String, Object>> messages = connection.messages();
        return messages.get(messages.size() - 1);
    }

    static String words(int last) {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i <= last; i++) {
            words.append('w').append(i).append(' ');
        }
        return words.toString();
    }

    /** What a client makes of what it is sent; it takes nothing that is not exactly next. */
    static final class Transcript {
        private final String id;
        final StringBuilder text = new StringBuilder();
        long seq;
        String end;

        Transcript(String id) {
            this.id = id;
        }

        void add(List<Map<String, Object>> messages) {
            for (Map<String, Object> message : messages) {
                String type = (String) message.get("type");
                if (type.equals("accepted") || type.equals("resumed")) {
                    continue;
                }
                assertFalse(type.equals("resume_failed"), () -> id + ": " + message);
                assertNull(end, () -> id + ": after its end " + message);
                long parts = (Long) message.getOrDefault("n", 1L);
                assertEquals(seq, (Long) message.get("seq") - parts, () -> id + ": " + message);
                seq = (Long) message.get("seq");
                if (type.equals("chunk")) {
                    text.append(message.get("content"));
                } else if (!type.equals("stream_start")) {
                    end = type;
                }
            }
        }
    }
}
