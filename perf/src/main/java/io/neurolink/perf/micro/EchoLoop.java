package io.neurolink.perf.micro;

import io.neurolink.engine.duty.CommandQueue;
import io.neurolink.engine.duty.Parking;
import io.neurolink.engine.loop.Callbacks;
import io.neurolink.engine.loop.ConnectAttempt;
import io.neurolink.engine.loop.ConnectRequest;
import io.neurolink.engine.loop.Endpoint;
import io.neurolink.engine.loop.EndpointDeflate;
import io.neurolink.engine.loop.EndpointSettings;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.EventLoopProxy;
import io.neurolink.engine.loop.FrontDoor;
import io.neurolink.engine.loop.FrontDoorSettings;
import io.neurolink.engine.loop.InlineDispatch;
import io.neurolink.engine.loop.LoadShedder;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.loop.LoopSettings;
import io.neurolink.engine.loop.LoopWiring;
import io.neurolink.engine.loop.RateBuckets;
import io.neurolink.engine.loop.ReplyLane;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.HandlerTimer;
import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.engine.transport.Poller;
import io.neurolink.engine.worker.Worker;
import io.neurolink.engine.worker.WorkerDispatch;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.handshake.ClientHandshake;
import io.neurolink.protocol.handshake.ExtensionOffer;
import io.neurolink.protocol.handshake.HandshakeEncoder;
import io.neurolink.protocol.handshake.HttpLimits;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * One event loop without a thread, with one endpoint whose handler sends every message back: on the loop, or on a worker, whose thread
 * is the caller's affair.
 */
final class EchoLoop implements Endpoint {
    private static final int BUFFER_LENGTH = 256 * 1024;
    private static final int COMMAND_CAPACITY = 1024;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final String PATH = "/echo";

    private static final ErrorHandler FAILING = error -> {
        throw new IllegalStateException(error);
    };
    private static final WebSocketHandler ECHO = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            connection.send(message);
        }
    };

    private final EndpointSettings settings;
    private final EngineListener listener = new EngineListener() { };
    private final List<WebSocketConnection> opened = new ArrayList<>();
    private final Counters counters = new Counters();
    private final Poller poller;
    private final List<MemoryLine> lines;
    private Worker worker;

    EchoLoop(MemoryLine line) {
        this(line, null);
    }

    /** @param deflate null for a connection that is not compressed. */
    EchoLoop(MemoryLine line, EndpointDeflate deflate) {
        this(line, List.of(line), deflate);
    }

    /** A loop with many connections. */
    EchoLoop(MemoryCrowd crowd) {
        this(crowd, crowd.lines(), null);
    }

    private EchoLoop(Poller poller, List<MemoryLine> lines, EndpointDeflate deflate) {
        this.poller = poller;
        this.lines = lines;
        this.settings = new EndpointSettings(FrameLimits.DEFAULTS, 30 * SECOND_NS, 10 * SECOND_NS, false, 0,
                5 * SECOND_NS, 5 * SECOND_NS, 0, 1 << 20, 1 << 18, 1 << 16, SlowConsumerPolicy.CLOSE, false, List.of(), Set.of(), 1000,
                RateLimits.none(), deflate);
    }

    /** @param lane what the worker answers by, if there is one. */
    private EventLoop newLoop(Parking parking, ReplyLane... lane) {
        EventLoopProxy proxy = new EventLoopProxy(new CommandQueue(COMMAND_CAPACITY, parking), parking, counters.shared(), lane);
        LoopSettings loopSettings = new LoopSettings(
                BUFFER_LENGTH, BUFFER_LENGTH, HttpLimits.DEFAULTS, BUFFER_LENGTH, 10 * SECOND_NS, 30 * SECOND_NS);
        return new EventLoop("echo", new LoopWiring(loopSettings, List.of(this),
                new FrontDoor(FrontDoorSettings.DEFAULTS, 1, System.nanoTime()),
                new LoadShedder(new MemoryBudget(counters, MemoryBudget.defaultBytes(), System.nanoTime())), request -> null, poller, proxy,
                counters.newSet("echo"), SystemNanoClock.INSTANCE, SystemEpochClock.INSTANCE, Runnable::run, FAILING, FAILING,
                Long.MAX_VALUE, () -> false, null));
    }

    private Parking newParking() {
        return new Parking(poller::wakeUp);
    }

    /** @return a loop whose only connections, the lines, are WebSockets. */
    EventLoop open() throws Exception {
        EventLoop loop = newLoop(newParking());
        loop.dispatch(this, new InlineDispatch(new Callbacks(FAILING, new HandlerTimer(loop.counters(), SystemNanoClock.INSTANCE))));
        upgradeAll(loop);
        return loop;
    }

    /** @return the same, with the handler on {@link #worker()}. */
    EventLoop openWithWorker() throws Exception {
        Parking parking = newParking();
        ReplyLane replies = new ReplyLane(Worker.newLane(), parking);
        EventLoop loop = newLoop(parking, replies);
        worker = new Worker("echo-worker", new ReplyLane[] {replies}, counters.newSet("worker"), FAILING,
                SystemNanoClock.INSTANCE);
        Worker[] workers = {worker};
        loop.countLanes(WorkerDispatch.lanes(workers, 0));
        loop.dispatch(this, new WorkerDispatch(workers, 0, loop.counters()));
        upgradeAll(loop);
        return loop;
    }

    private void upgradeAll(EventLoop loop) throws Exception {
        loop.onStart();
        for (MemoryLine line : lines) {
            loop.onAccepted(line);
            upgrade(loop, line);
            line.reset();
        }
    }

    private void upgrade(EventLoop loop, MemoryLine line) throws Exception {
        ClientHandshake.Builder handshake = ClientHandshake.builder("localhost", PATH);
        if (settings.deflate() != null) {
            handshake.extension(new ExtensionOffer(DeflateNegotiation.EXTENSION_NAME, List.of()));
        }
        line.bring(handshake.build(new Random()).request());
        loop.doWork();
        if (line.bytesOut() == 0) {
            throw new IllegalStateException("the upgrade was not answered");
        }
    }

    /** @return who runs the handler, or null if the loop does. */
    Worker worker() {
        return worker;
    }

    /** @return the connections in the order of the lines. */
    List<WebSocketConnection> opened() {
        return opened;
    }

    /** @return what loop and worker count. */
    Counters counters() {
        return counters;
    }

    /** @return a loop whose only connection, the line, is a WebSocket that it has opened as a client. */
    EventLoop openAsClient() throws Exception {
        MemoryLine line = lines.get(0);
        EventLoop loop = newLoop(newParking());
        loop.onStart();
        loop.add(this, new InlineDispatch(new Callbacks(FAILING, new HandlerTimer(loop.counters(), SystemNanoClock.INSTANCE))));
        ClientHandshake handshake = ClientHandshake.builder("localhost", PATH).build(new Random());
        CompletableFuture<WebSocketConnection> promise = new CompletableFuture<>();
        new ConnectAttempt(loop, new ConnectRequest(this, ECHO, handshake, null, PATH, "localhost", 80,
                host -> new InetAddress[] {InetAddress.getLoopbackAddress()}, null, null, 10 * SECOND_NS), promise).start();
        loop.doWork();
        loop.doWork();
        line.bring(HandshakeEncoder.switchingProtocols(handshake.key(), null, null, List.of()));
        loop.doWork();
        if (!promise.isDone()) {
            throw new IllegalStateException("the connection was not opened");
        }
        line.reset();
        return loop;
    }

    @Override
    public int index() {
        return 0;
    }

    @Override
    public EndpointSettings settings() {
        return settings;
    }

    @Override
    public WebSocketHandler handlerFor(String path) {
        return path.equals(PATH) ? ECHO : null;
    }

    @Override
    public Authenticator authenticator() {
        return null;
    }

    @Override
    public EngineListener listener() {
        return listener;
    }

    @Override
    public RateBuckets acquireRates(AuthenticatedUser user, long nowNs) {
        throw new IllegalStateException("users have no limits");
    }

    @Override
    public void releaseRates(AuthenticatedUser user, long nowNs) {
        throw new IllegalStateException("users have no limits");
    }

    @Override
    public Refusal admit(AuthenticatedUser user) {
        return null;
    }

    @Override
    public void withdraw(AuthenticatedUser user) {
    }

    @Override
    public void onOpened(LoopConnection connection) {
        opened.add(connection);
    }

    @Override
    public Refusal changeUser(LoopConnection connection, AuthenticatedUser before, AuthenticatedUser after) {
        return null;
    }

    @Override
    public void onClosed(LoopConnection connection) {
    }
}
