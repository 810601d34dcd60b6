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
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.loop.LoadShedder;
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
import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.handshake.ClientHandshake;
import io.neurolink.protocol.handshake.ExtensionOffer;
import io.neurolink.protocol.handshake.HandshakeEncoder;
import io.neurolink.protocol.handshake.HttpLimits;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

/** One event loop without a thread, with one endpoint whose handler sends every message back on the loop. */
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
    private final MemoryLine line;

    EchoLoop(MemoryLine line) {
        this(line, null);
    }

    /** @param deflate null for a connection that is not compressed. */
    EchoLoop(MemoryLine line, EndpointDeflate deflate) {
        this.line = line;
        this.settings = new EndpointSettings(FrameLimits.DEFAULTS, 30 * SECOND_NS, 10 * SECOND_NS, false, 0,
                5 * SECOND_NS, 5 * SECOND_NS, 0, 1 << 20, 1 << 18, 1 << 16, SlowConsumerPolicy.CLOSE, false, List.of(), Set.of(), 1000,
                RateLimits.none(), deflate);
    }

    private EventLoop newLoop() {
        Parking parking = new Parking(line::wakeUp);
        Counters counters = new Counters();
        EventLoopProxy proxy = new EventLoopProxy(
                new CommandQueue(COMMAND_CAPACITY, parking), parking, counters.shared(), new ReplyLane[0]);
        LoopSettings loopSettings = new LoopSettings(
                BUFFER_LENGTH, BUFFER_LENGTH, HttpLimits.DEFAULTS, BUFFER_LENGTH, 10 * SECOND_NS, 30 * SECOND_NS);
        return new EventLoop("echo", new LoopWiring(loopSettings, List.of(this),
                new FrontDoor(FrontDoorSettings.DEFAULTS, 1, System.nanoTime()),
                new LoadShedder(new MemoryBudget(counters, MemoryBudget.defaultBytes(), System.nanoTime())), request -> null, line, proxy,
                counters.newSet("echo"), SystemNanoClock.INSTANCE, SystemEpochClock.INSTANCE, Runnable::run, FAILING, FAILING,
                Long.MAX_VALUE, () -> false));
    }

    /** @return a loop whose only connection, the line, is a WebSocket. */
    EventLoop open() throws Exception {
        EventLoop loop = newLoop();
        loop.dispatch(this, new InlineDispatch(new Callbacks(FAILING)));
        loop.onStart();
        loop.onAccepted(line);
        ClientHandshake.Builder handshake = ClientHandshake.builder("localhost", PATH);
        if (settings.deflate() != null) {
            handshake.extension(new ExtensionOffer(DeflateNegotiation.EXTENSION_NAME, List.of()));
        }
        line.bring(handshake.build(new Random()).request());
        loop.doWork();
        if (line.bytesOut() == 0) {
            throw new IllegalStateException("the upgrade was not answered");
        }
        line.reset();
        return loop;
    }

    /** @return a loop whose only connection, the line, is a WebSocket that it has opened as a client. */
    EventLoop openAsClient() throws Exception {
        EventLoop loop = newLoop();
        loop.onStart();
        loop.add(this, new InlineDispatch(new Callbacks(FAILING)));
        ClientHandshake handshake = ClientHandshake.builder("localhost", PATH).build(new Random());
        CompletableFuture<WebSocketConnection> opened = new CompletableFuture<>();
        new ConnectAttempt(loop, new ConnectRequest(this, ECHO, handshake, null, PATH, "localhost", 80,
                host -> new InetAddress[] {InetAddress.getLoopbackAddress()}, null, 10 * SECOND_NS), opened).start();
        loop.doWork();
        loop.doWork();
        line.bring(HandshakeEncoder.switchingProtocols(handshake.key(), null, null, List.of()));
        loop.doWork();
        if (!opened.isDone()) {
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
    }

    @Override
    public Refusal changeUser(LoopConnection connection, AuthenticatedUser before, AuthenticatedUser after) {
        return null;
    }

    @Override
    public void onClosed(LoopConnection connection) {
    }
}
