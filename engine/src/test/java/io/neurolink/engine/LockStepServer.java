package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.http.HttpRoutes;
import io.neurolink.engine.cluster.ClusterNode;
import io.neurolink.engine.loop.AccessEntry;
import io.neurolink.engine.loop.Callbacks;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.FrontDoorSettings;
import io.neurolink.engine.loop.LoopSettings;
import io.neurolink.engine.loop.Turns;
import io.neurolink.engine.spi.HttpRoute;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.CountedErrorHandler;
import io.neurolink.engine.status.DistinctError;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.HandlerTimer;
import io.neurolink.engine.transport.FakePoller;
import io.neurolink.engine.transport.FakeTransport;
import io.neurolink.engine.worker.VirtualDispatch;
import io.neurolink.engine.worker.Worker;
import io.neurolink.protocol.handshake.HttpLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A whole server without threads and sockets: the test steps loops and workers one after the other, moves the clock, and is everybody
 * else: the peers, the application's threads, the executor of blocking work.
 */
final class LockStepServer {
    /** Errors are data here, looked at after every test, so nobody prints them; held so that the level stays. */
    private static final java.util.logging.Logger SILENCED = java.util.logging.Logger.getLogger("io.neurolink.engine");

    private static final int MAX_ROUNDS = 100_000;
    private static final int FIRST_PORT = 50_001;

    static {
        SILENCED.setLevel(java.util.logging.Level.OFF);
    }

    final MovedClock clock = new MovedClock();
    final SteppedExecutor executor = new SteppedExecutor();
    final WebSocketConnectionManager manager;
    final Engine engine;

    private final HttpRoutes routes = new HttpRoutes("/api");
    private final List<FakePoller> pollers = new ArrayList<>();
    private final List<FakeTransport> transports = new ArrayList<>();
    private final List<RecordingHandler> handlers;
    private boolean isEnded;

    /** This server's place in a cluster, or null. */
    private ClusterNode node;

    /** What a server is made of; the defaults are those of the product where a test says nothing. */
    static final class Builder {
        private final Mode mode;
        private final WebSocketConfig.Builder config;
        private final List<RecordingHandler> recording = new ArrayList<>();
        private final List<WebSocketConnectionManager> others = new ArrayList<>();
        private final List<Consumer<WebSocketConnectionManager>> registrations = new ArrayList<>();
        private int workers = 1;
        private boolean hasVirtualThreads;
        private int receiveBufferLength = 64 * 1024;
        private int maxRequestBody = 64 * 1024;
        private long memoryBudget = Long.MAX_VALUE;
        private FrontDoorSettings frontDoor = FrontDoorSettings.DEFAULTS;
        private ClusterConfig cluster;
        private Duration clockOffset = Duration.ZERO;

        private Builder(Mode mode) {
            this.mode = mode;
            this.config = WebSocketConfig.builder().handlerThreading(mode.threading);
        }

        Builder config(Consumer<WebSocketConfig.Builder> settings) {
            settings.accept(config);
            return this;
        }

        Builder handler(WebSocketHandler handler) {
            return handler("/ws", handler);
        }

        Builder handler(String path, WebSocketHandler handler) {
            if (handler instanceof RecordingHandler recorder) {
                recording.add(recorder);
            }
            registrations.add(manager -> manager.registerHandler(path, handler));
            return this;
        }

        Builder otherManager(WebSocketConnectionManager manager) {
            others.add(manager);
            return this;
        }

        Builder workers(int count) {
            workers = count;
            return this;
        }

        Builder receiveBufferLength(int length) {
            receiveBufferLength = length;
            return this;
        }

        Builder memoryBudget(long bytes) {
            memoryBudget = bytes;
            return this;
        }

        Builder cluster(ClusterConfig value) {
            cluster = value;
            return this;
        }

        Builder clockOffset(Duration value) {
            clockOffset = value;
            return this;
        }

        Builder maxRequestBody(int length) {
            maxRequestBody = length;
            return this;
        }

        Builder frontDoor(FrontDoorSettings settings) {
            frontDoor = settings;
            return this;
        }

        /** Handlers run as on virtual threads, which the executor plays, on every JDK. The mode must be one that needs no workers. */
        Builder steppedVirtualThreads() {
            hasVirtualThreads = true;
            return this;
        }

        LockStepServer start() {
            return new LockStepServer(this);
        }
    }

    static Builder builder(Mode mode) {
        return new Builder(mode);
    }

    /** What the access log would have lines for. */
    final List<AccessEntry> accessEntries = new ArrayList<>();

    private LockStepServer(Builder builder) {
        clock.advance(builder.clockOffset);
        manager = new WebSocketConnectionManager(builder.config.build());
        builder.registrations.forEach(registration -> registration.accept(manager));
        handlers = builder.recording;
        List<WebSocketConnectionManager> managers = new ArrayList<>(List.of(manager));
        managers.addAll(builder.others);
        for (int i = 0; i < builder.mode.loops; i++) {
            pollers.add(new FakePoller());
        }
        LoopSettings settings = new LoopSettings(builder.receiveBufferLength, Math.min(builder.receiveBufferLength, 256 * 1024),
                HttpLimits.DEFAULTS, builder.maxRequestBody, Duration.ofSeconds(10).toNanos(), Duration.ofSeconds(30).toNanos());
        engine = new Engine(new Engine.Parts(managers, pollers, builder.workers, settings, builder.frontDoor, routes::handle, clock, clock,
                executor, Duration.ofDays(365).toNanos(), builder.memoryBudget, accessEntries::add));
        for (int i = 0; i < pollers.size(); i++) {
            pollers.get(i).onAccepted(engine.loops().get(i)::onAccepted);
        }
        if (builder.cluster != null) {
            node = ClusterThread.newNode(builder.cluster, managers, engine, executor, clock, clock);
            node.onStart();
        }
        if (builder.hasVirtualThreads) {
            CountedErrorHandler errors = new CountedErrorHandler(engine.counters().shared(), EngineCounter.HANDLER_ERRORS, engine.errors());
            engine.loops().forEach(loop -> loop.dispatch(manager.endpoint(),
                    new VirtualDispatch(Callbacks.ofAll(errors, HandlerTimer.ofAll(engine.counters().shared(), clock)), executor,
                            engine.counters().shared())));
        }
    }

    LockStepServer route(HttpRoute route) {
        routes.register(route);
        return this;
    }

    /** Begins to close all connections, as a server does that is drained. */
    EngineDrain drain(DrainOptions options) {
        engine.refuseUpgrades();
        return new EngineDrain(engine.loops(), options.toPlan(manager.getConnectionCount()));
    }

    // ------------------------------------------------------------------ peers

    /** A peer connects, to the loops in turn; it is accepted in the next step. */
    TestPeer connect() {
        return connect(transports.size() % pollers.size());
    }

    TestPeer connect(int loop) {
        return connect(loop, new FakeTransport(FIRST_PORT + transports.size()));
    }

    /** A peer of another address than all others connects. */
    TestPeer connectFrom(String address) {
        return connectFrom(transports.size() % pollers.size(), address);
    }

    TestPeer connectFrom(int loop, String address) {
        return connect(loop, new FakeTransport(address, FIRST_PORT + transports.size()));
    }

    private TestPeer connect(int loop, FakeTransport transport) {
        transports.add(transport);
        pollers.get(loop).connect(transport);
        return new TestPeer(transport);
    }

    /** A peer connects and upgrades. */
    TestPeer open(String target, String... headers) {
        return upgraded(connect(), target, headers);
    }

    TestPeer open() {
        return open("/ws");
    }

    TestPeer openOn(int loop, String... headers) {
        return upgraded(connect(loop), "/ws", headers);
    }

    private TestPeer upgraded(TestPeer peer, String target, String... headers) {
        peer.upgrade(target, headers);
        settle();
        peer.agreement();
        return peer;
    }

    /** The server's side of a peer. */
    WebSocketConnection connectionOf(TestPeer peer) {
        return manager.getAllConnections().stream()
                .filter(connection -> connection.remoteAddress().equals(peer.transport.remoteAddress()))
                .findFirst().orElseThrow();
    }

    // ------------------------------------------------------------------ steps

    /** Everybody has one turn. @return how much was done. */
    int step() {
        int workCount = executor.runAll();
        for (int i = 0; i < engine.loops().size(); i++) {
            workCount += stepLoop(i);
        }
        for (int i = 0; i < engine.workers().size(); i++) {
            workCount += stepWorker(i);
        }
        return workCount + stepNode();
    }

    /** One turn of the cluster's thread. */
    int stepNode() {
        return node == null ? 0 : node.doWork();
    }

    /** The process is gone: nobody hears a good-bye. */
    void killNode(InMemoryClusterBus bus) {
        bus.disconnect();
        node.onClose();
        node = null;
    }

    int stepLoop(int index) {
        EventLoop loop = engine.loops().get(index);
        return Turns.of(loop, loop::doWork);
    }

    int stepWorker(int index) {
        Worker worker = engine.workers().get(index);
        return Turns.of(worker, engine.loops(), worker::doWork);
    }

    /** Only the loops; nobody runs handlers of workers meanwhile. */
    void settleLoops() {
        rest(() -> {
            int workCount = executor.runAll();
            for (int i = 0; i < engine.loops().size(); i++) {
                workCount += stepLoop(i);
            }
            return workCount;
        });
    }

    /** Only the workers. */
    void settleWorkers() {
        rest(() -> {
            int workCount = 0;
            for (int i = 0; i < engine.workers().size(); i++) {
                workCount += stepWorker(i);
            }
            return workCount;
        });
    }

    /** Until nobody has anything to do. */
    LockStepServer settle() {
        rest(this::step);
        return this;
    }

    private static void rest(java.util.function.IntSupplier step) {
        for (int i = 0; i < MAX_ROUNDS; i++) {
            if (step.getAsInt() == 0) {
                return;
            }
        }
        throw new AssertionError("the server does not come to rest");
    }

    /** Time passes at once. */
    LockStepServer advance(Duration duration) {
        clock.advance(duration);
        return settle();
    }

    /** Time passes, and everybody has one turn. */
    void advanceOneStep(Duration duration) {
        clock.advance(duration);
        step();
    }

    /** Time passes bit by bit. */
    LockStepServer pass(Duration total, Duration bit) {
        for (Duration passed = bit; passed.compareTo(total) <= 0; passed = passed.plus(bit)) {
            advance(bit);
        }
        return this;
    }

    FakePoller poller(int loop) {
        return pollers.get(loop);
    }

    // ------------------------------------------------------------------ looking

    long counter(EngineCounter counter) {
        return engine.counters().sum(counter);
    }

    /** The errors that should not have happened, or did so in a handler; those looked at are forgotten. */
    List<String> errors() {
        return engine.errors().snapshot().stream().map(error -> error.type() + ": " + error.message()).toList();
    }

    List<String> stacks() {
        return engine.errors().snapshot().stream().map(DistinctError::stack).toList();
    }

    /** Ends loops, then workers, as a server does, and holds the promises that are always kept. */
    void end() {
        if (isEnded) {
            return;
        }
        isEnded = true;
        if (node != null) {
            node.onClose();
        }
        for (EventLoop loop : engine.loops()) {
            Turns.of(loop, () -> {
                loop.onClose();
                return 0;
            });
        }
        for (Worker worker : engine.workers()) {
            Turns.of(worker, engine.loops(), () -> {
                worker.onClose();
                return 0;
            });
        }
        executor.held(false);
        executor.runAll();
        engine.close();
        verify();
    }

    private void verify() {
        for (RecordingHandler handler : handlers) {
            assertEquals(List.of(), handler.faults(), "order of callbacks");
            assertEquals(List.of(), handler.unclosed(), "connections whose handler was not told of their end");
        }
        for (FakeTransport transport : transports) {
            assertEquals(List.of(), transport.misuse(), () -> "transport " + transport.remoteAddress());
            assertTrue(transport.isClosed(), () -> "transport " + transport.remoteAddress() + " is left open");
        }
        assertEquals(counter(EngineCounter.CONNECTIONS_OPENED), counter(EngineCounter.CONNECTIONS_CLOSED));
        assertEquals(counter(EngineCounter.UPGRADES_ACCEPTED) + counter(EngineCounter.CLIENT_CONNECTS_OPENED),
                counter(EngineCounter.CONNECTIONS_OPENED));
        assertEquals(counter(EngineCounter.SOCKETS_ACCEPTED) + counter(EngineCounter.SOCKETS_CONNECTED),
                counter(EngineCounter.SOCKETS_CLOSED));
        assertEquals(counter(EngineCounter.MESSAGES_QUEUED),
                counter(EngineCounter.MESSAGES_SENT) + counter(EngineCounter.MESSAGES_REPORTED), "queued = sent + reported");
        assertEquals(counter(EngineCounter.READS_PAUSED), counter(EngineCounter.READS_RESUMED));
        for (EngineCounter counter : EngineCounter.values()) {
            if (counter.kind() == EngineCounter.Kind.GAUGE) {
                assertEquals(0, counter(counter), counter::label);
            }
        }
        assertEquals(0, manager.getConnectionCount());
    }
}
