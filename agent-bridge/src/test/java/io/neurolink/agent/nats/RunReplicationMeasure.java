package io.neurolink.agent.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.support.Eventually;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.NatsProcess;
import io.neurolink.agent.support.SilentConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What replication costs: run by name, {@code -Dtest=RunReplicationMeasure}. It prints, and checks no more than that everything came.
 */
class RunReplicationMeasure {
    private static final AgentEvent TOKEN = new AgentEvent.Text("token ");
    private static final int WARM_UP = 20_000;
    private static final int TOKENS = 40_000;
    private static final int PACED_TOKENS = 500;
    private static final int ROUNDS = 5;
    /** {@code connected}, {@code resumed}, {@code stream_start}. */
    private static final int MESSAGES_BEFORE = 3;

    @TempDir
    private Path folder;
    private NatsProcess nats;
    private final List<AgentHandler> handlers = new ArrayList<>();

    @BeforeEach
    void startNats() throws IOException {
        nats = NatsProcess.start(folder, "jetstream { store_dir: \"" + folder.resolve("js") + "\" }");
    }

    @AfterEach
    void stop() throws InterruptedException {
        handlers.forEach(AgentHandler::close);
        nats.close();
    }

    private AgentHandler handler(PacedAgent agent, boolean isReplicated) throws IOException {
        AgentHandler.Builder builder = AgentHandler.builder(agent);
        if (isReplicated) {
            builder.replication(NatsRunReplication.builder(NatsClusterBus.builder(nats.url()).build()).build());
        }
        AgentHandler handler = builder.build();
        handlers.add(handler);
        if (isReplicated) {
            Eventually.become(() -> handler.counters().get("runs.replication_connected") == 1, () -> "no connection");
        }
        return handler;
    }

    /** Its runs say what they are told to, each event when it is asked for. */
    private static final class PacedAgent implements Agent {
        private final BlockingQueue<PacedRun> runs = new LinkedBlockingQueue<>();

        @Override
        public String name() {
            return "paced";
        }

        @Override
        public Flow.Publisher<AgentEvent> run(AgentRequest request) {
            PacedRun run = new PacedRun();
            return subscriber -> {
                run.subscriber = subscriber;
                subscriber.onSubscribe(run);
                runs.add(run);
            };
        }
    }

    private static final class PacedRun implements Flow.Subscription {
        private final Semaphore wanted = new Semaphore(0);
        private Flow.Subscriber<? super AgentEvent> subscriber;

        @Override
        public void request(long count) {
            wanted.release((int) count);
        }

        @Override
        public void cancel() {
            wanted.release(Integer.MAX_VALUE / 2);
        }

        void say(AgentEvent event) {
            wanted.acquireUninterruptibly();
            subscriber.onNext(event);
        }

        void awaitWanted() {
            wanted.acquireUninterruptibly();
            wanted.release();
        }

        void end() {
            subscriber.onComplete();
        }
    }

    private static PacedRun stream(PacedAgent agent, FakeConnection connection, String id) throws InterruptedException {
        connection.receive("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"p\"}}");
        return agent.runs.take();
    }

    /** The time that a token takes from the agent to a viewer of the same node and back, alone and replicated in turn. */
    @Test
    void costOfATokenOnItsOwnNode() throws Exception {
        PacedAgent agent = new PacedAgent();
        AgentHandler alone = handler(agent, false);
        AgentHandler replicated = handler(agent, true);
        double[][] medians = new double[2][ROUNDS];
        double[][] late = new double[2][ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            for (int which = 0; which < 2; which++) {
                AgentHandler handler = which == 0 ? alone : replicated;
                FakeConnection starter = new FakeConnection().open(handler);
                PacedRun run = stream(agent, starter, "m" + round + which);
                SilentConnection viewer = new SilentConnection();
                handler.onOpen(viewer);
                handler.onMessage(viewer, new Resume("m" + round + which));
                starter.leave();
                long[] times = times(run, round < 0 ? WARM_UP : TOKENS);
                int expected = (round < 0 ? WARM_UP : TOKENS) + MESSAGES_BEFORE;
                Eventually.become(() -> viewer.messages() == expected, () -> viewer.messages() + " messages");
                if (round >= 0) {
                    medians[which][round] = times[times.length / 2];
                    late[which][round] = times[times.length * 99 / 100];
                }
                run.end();
            }
        }
        Map<String, Long> counters = replicated.counters();
        System.out.printf("token on its own node: alone %.0f ns, replicated %.0f ns, ratio %.2f; 99%%: %.0f and %.0f ns, ratio %.2f%n",
                median(medians[0]), median(medians[1]), median(medians[1]) / median(medians[0]),
                median(late[0]), median(late[1]), median(late[1]) / median(late[0]));
        System.out.printf("as fast as can be: %d records, %.1f bytes of records per token%n", counters.get("runs.replicated_records"),
                (double) counters.get("runs.replicated_bytes") / (WARM_UP + (double) ROUNDS * TOKENS));
    }

    private record Resume(String id) implements WebSocketMessage {
        @Override
        public WebSocketMessageType type() {
            return WebSocketMessageType.TEXT;
        }

        @Override
        public int length() {
            return toByteArray().length;
        }

        @Override
        public String text() {
            return "{\"type\":\"resume\",\"payload\":{\"requestId\":\"" + id + "\",\"after\":0}}";
        }

        @Override
        public ByteBuffer bytes() {
            return ByteBuffer.wrap(toByteArray());
        }

        @Override
        public byte[] toByteArray() {
            return text().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public long timestamp() {
            return 0;
        }
    }

    private static long[] times(PacedRun run, int count) {
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            run.say(TOKEN);
            // The viewer has been sent it when the next one is asked for.
            run.awaitWanted();
            times[i] = System.nanoTime() - start;
        }
        Arrays.sort(times);
        return times;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** From the agent on one node to a viewer on another, at the pace of a model; and what goes to the log then. */
    @Test
    void timeToAViewerOnAnotherNode() throws Exception {
        PacedAgent agent = new PacedAgent();
        AgentHandler own = handler(agent, true);
        AgentHandler other = handler(new PacedAgent(), true);
        for (int delayMs : new int[] {2, 20}) {
            FakeConnection first = new FakeConnection().open(own);
            PacedRun run = stream(agent, first, "t" + delayMs);
            long recordsBefore = own.counters().get("runs.replicated_records");
            long bytesBefore = own.counters().get("runs.replicated_bytes");
            paced(run, PACED_TOKENS, delayMs, null);
            long records = own.counters().get("runs.replicated_records") - recordsBefore;
            long bytes = own.counters().get("runs.replicated_bytes") - bytesBefore;
            FakeConnection viewer = new FakeConnection().open(other);
            viewer.receive("{\"type\":\"resume\",\"payload\":{\"requestId\":\"t" + delayMs + "\",\"after\":1}}");
            AtomicLong seen = new AtomicLong();
            viewer.onSent(message -> {
                if ("chunk".equals(message.get("type"))) {
                    seen.set((Long) message.get("seq"));
                }
            });
            Long last = PACED_TOKENS + 1L;
            Eventually.become(() -> viewer.messages().stream().anyMatch(message -> last.equals(message.get("seq"))),
                    () -> "the viewer is behind");
            long[] times = paced(run, PACED_TOKENS, delayMs, seen);
            run.end();
            System.out.printf("a token each %d ms: unwatched %.2f records, %.1f bytes of records per token; to a viewer on another node:"
                    + " median %.2f ms, 99%% %.2f ms%n", delayMs, (double) records / PACED_TOKENS, (double) bytes / PACED_TOKENS,
                    times[times.length / 2] / 1e6, times[times.length * 99 / 100] / 1e6);
            assertEquals(2L * PACED_TOKENS + 1, seen.get());
        }
    }

    private static long[] paced(PacedRun run, int count, int delayMs, AtomicLong seen) {
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            run.say(TOKEN);
            if (seen != null) {
                long seq = count + 2L + i;
                while (seen.get() < seq && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10)) {
                    LockSupport.parkNanos(20_000);
                }
            }
            times[i] = System.nanoTime() - start;
            LockSupport.parkNanos(Math.max(0, TimeUnit.MILLISECONDS.toNanos(delayMs) - times[i]));
        }
        Arrays.sort(times);
        return times;
    }
}
