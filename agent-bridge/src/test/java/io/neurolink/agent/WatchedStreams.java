package io.neurolink.agent;

import io.neurolink.agent.client.AgentClient;
import io.neurolink.agent.client.AgentClientOptions;
import io.neurolink.agent.client.AgentPrompt;
import io.neurolink.agent.client.AgentRun;
import io.neurolink.agent.client.RunEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.support.RoundRobinRelay;
import io.neurolink.agent.support.WordReader;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.WebSocketClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients behind a load balancer, each with one run after the other. What comes of every run is looked at piece by piece, and if it fails,
 * on which server it was and whether that one was killed meanwhile: nothing else is an excuse.
 */
final class WatchedStreams implements AutoCloseable {
    /** A run of which the server that had it was killed. */
    private static final String LOST = "MODEL_UNAVAILABLE";
    /** The same, if it died before NATS, which was away too, got to know of the run. */
    private static final String NEVER_HEARD_OF = "RESUME_UNKNOWN";

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long NATS_RECOVERY_NS = TimeUnit.SECONDS.toNanos(45);

    private final int users;
    private final RoundRobinRelay relay;
    private final WebSocketClient webSocket;
    private final ExecutorService callbacks = Executors.newFixedThreadPool(2);
    private final List<AgentClient> clients = new ArrayList<>();
    private final List<CompletableFuture<Void>> streams = new ArrayList<>();
    /** Ports of the servers that each client has been connected to since its run was asked for. */
    private final Map<Integer, Queue<Integer>> ports = new ConcurrentHashMap<>();
    private final Map<Integer, Long> killedNs = new ConcurrentHashMap<>();
    private final Queue<Long> natsKilledNs = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> outcomes = new TreeMap<>();
    private final Queue<String> mistakes = new ConcurrentLinkedQueue<>();
    private final Queue<String> mistaken = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong longestHeldUpNs = new AtomicLong();
    private volatile long endNs;

    /** @param users so many share the clients; each has a token, which is its number. */
    WatchedStreams(int users) throws Exception {
        this.users = users;
        this.relay = new RoundRobinRelay(this::onConnection);
        this.webSocket = WebSocketClient.builder().eventLoops(1).workers(1).idleMode(IdleMode.BLOCKING)
                .config(WebSocketConfig.builder().maxConnections(10_000).maxMessageSize(16 * 1024 * 1024).build()).build();
    }

    RoundRobinRelay relay() {
        return relay;
    }

    /** A client is connected to a server; its request says which one. */
    private void onConnection(String requestLine, int serverPort) {
        int at = requestLine.indexOf("client=");
        if (at >= 0) {
            connections.incrementAndGet();
            int client = Integer.parseInt(requestLine.substring(at + "client=".length()).split("[^0-9]")[0]);
            ports.computeIfAbsent(client, key -> new ConcurrentLinkedQueue<>()).add(serverPort);
        }
    }

    /** A server has been killed: runs that had begun before are excused. */
    void killed(int port) {
        killedNs.put(port, System.nanoTime());
    }

    /** Some of NATS has been killed. */
    void killedNats() {
        natsKilledNs.add(System.nanoTime());
    }

    void start(int count, Random random, Duration duration) {
        AgentClientOptions options = AgentClientOptions.defaults().backOff(Duration.ofMillis(50), Duration.ofMillis(500))
                .maxAttempts(200).retryFirst().webSocket(webSocket).executor(callbacks);
        endNs = System.nanoTime() + duration.toNanos();
        for (int i = 0; i < count; i++) {
            URI uri = URI.create("ws://localhost:" + relay.port() + "/ws/agent?token=" + i % users + "&client=" + i);
            AgentClient client = AgentClient.connect(uri, options);
            clients.add(client);
            streams.add(streamOn(i, client, new Random(random.nextLong())));
        }
    }

    boolean isTimeUp() {
        return System.nanoTime() - endNs >= 0;
    }

    /** One run after the other until time is up. */
    private CompletableFuture<Void> streamOn(int index, AgentClient client, Random random) {
        int words = 20 + random.nextInt(200);
        int delayMs = 40 + random.nextInt(80);
        Queue<Integer> seen = ports.computeIfAbsent(index, key -> new ConcurrentLinkedQueue<>());
        while (seen.size() > 1) {
            seen.poll();
        }
        running.incrementAndGet();
        AgentRun run = client.stream(AgentPrompt.of("p").option("words", words).option("delayMs", delayMs));
        Watched watched = new Watched(run.requestId(), WordReader.words(words),
                TimeUnit.MILLISECONDS.toNanos((long) words * delayMs), seen);
        run.events().subscribe(watched);
        return watched.end.thenCompose(nothing -> {
            running.decrementAndGet();
            return isTimeUp() ? CompletableFuture.completedFuture(null) : streamOn(index, client, random);
        });
    }

    /** Looks at each piece of a run. */
    private final class Watched implements Flow.Subscriber<RunEvent> {
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final String requestId;
        private final String expected;
        private final Queue<Integer> connectedTo;
        private final long expectedNs;
        private final long sinceNs = System.nanoTime();
        /** Ports of the servers that the run may be on. */
        private List<Integer> homes = List.of();
        private int length;
        private long seq;

        Watched(String requestId, String expected, long expectedNs, Queue<Integer> connectedTo) {
            this.expectedNs = expectedNs;
            this.requestId = requestId;
            this.expected = expected;
            this.connectedTo = connectedTo;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(RunEvent event) {
            if (homes.isEmpty() && !(event instanceof RunEvent.Status)) {
                homes = List.copyOf(connectedTo);
            }
            if (event.seq() > 0) {
                if (event.seq() <= seq) {
                    mistake("event " + event.seq() + " after " + seq);
                }
                seq = event.seq();
            }
            if (event instanceof RunEvent.Text part) {
                if (!expected.startsWith(part.text(), length)) {
                    mistake("'" + part.text() + "' after " + length + " characters of " + expected);
                }
                length += part.text().length();
            }
        }

        @Override
        public void onError(Throwable error) {
            String code = error instanceof AgentException failure ? failure.code() : error.toString();
            List<Integer> possible = homes.isEmpty() ? List.copyOf(connectedTo) : homes;
            List<Long> deathsNs = possible.stream().map(killedNs::get).filter(timeNs -> timeNs != null && timeNs - sinceNs >= 0).toList();
            boolean isTold = code.equals(LOST) && error instanceof AgentException failure && failure.isRetryable()
                    || code.equals(NEVER_HEARD_OF) && deathsNs.stream().anyMatch(this::wasNatsAwayBefore);
            if (!isTold || deathsNs.isEmpty()) {
                mistake("failed without a reason: " + error + " (servers " + possible + ", seq " + seq + ")");
            }
            late(deathsNs.stream().max(Long::compare).orElse(sinceNs));
            count(code);
            end.complete(null);
        }

        /** Three servers that have lost one, or all, may need so long until they have agreed on a leader. */
        private boolean wasNatsAwayBefore(long deathNs) {
            return natsKilledNs.stream().anyMatch(timeNs -> timeNs - deathNs <= 0 && timeNs - sinceNs >= -NATS_RECOVERY_NS);
        }

        @Override
        public void onComplete() {
            if (length != expected.length()) {
                mistake("ended after " + length + " of " + expected.length() + " characters");
            }
            late(sinceNs + expectedNs);
            count("complete");
            end.complete(null);
        }

        /** It should have ended at that time. */
        private void late(long dueNs) {
            longestHeldUpNs.accumulateAndGet(System.nanoTime() - dueNs, Math::max);
        }

        private void mistake(String what) {
            String when = String.format("%.1f s after its start", (System.nanoTime() - sinceNs) / 1e9);
            mistakes.add("run " + requestId + ", " + when + ": " + what);
            mistaken.add(requestId);
            System.out.println("MISTAKE: run " + requestId + ", " + when + ": " + what);
        }
    }

    private void count(String outcome) {
        synchronized (outcomes) {
            outcomes.computeIfAbsent(outcome, key -> new AtomicInteger()).incrementAndGet();
        }
    }

    int count(List<String> names) {
        synchronized (outcomes) {
            return names.stream().mapToInt(name -> outcomes.getOrDefault(name, new AtomicInteger()).get()).sum();
        }
    }

    int complete() {
        return count(List.of("complete"));
    }

    /** @return what was wrong first, of whatever run. */
    List<String> mistakes() {
        return mistakes.stream().limit(10).toList();
    }

    /** @return the id of a run with which something was wrong, each once; null if there is no other. */
    String nextMistaken() {
        return mistaken.poll();
    }

    /**
     * Waits a little for every run to end.
     *
     * @return whether they have; none takes longer than its words and the patience of a server, {@link #PATIENCE} in all.
     */
    boolean areOver() throws Exception {
        try {
            CompletableFuture.allOf(streams.toArray(CompletableFuture[]::new)).get(100, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException notYet) {
            if (System.nanoTime() - endNs > PATIENCE.toNanos()) {
                throw new IllegalStateException("not over: " + this, notYet);
            }
            return false;
        }
    }

    @Override
    public String toString() {
        synchronized (outcomes) {
            return "runs " + outcomes + ", " + running + " going on, " + connections + " connections, "
                    + mistakes.size() + " mistakes, at most " + TimeUnit.NANOSECONDS.toSeconds(longestHeldUpNs.get()) + " s late";
        }
    }

    @Override
    public void close() throws IOException {
        clients.forEach(AgentClient::close);
        webSocket.close();
        relay.close();
        callbacks.shutdownNow();
    }
}
