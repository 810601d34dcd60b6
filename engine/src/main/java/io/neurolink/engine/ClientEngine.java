package io.neurolink.engine;

import io.neurolink.engine.loop.ConnectAttempt;
import io.neurolink.engine.loop.ConnectRequest;
import io.neurolink.engine.loop.Endpoint;
import io.neurolink.engine.loop.EndpointSettings;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.FrontDoorSettings;
import io.neurolink.engine.loop.LoopSettings;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.DistinctError;
import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.engine.transport.SelectorPoller;
import io.neurolink.engine.transport.TlsLoop;
import io.neurolink.protocol.handshake.HttpLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * The loops that carry the connections of a client: its own, or those of a server. Serves {@code io.neurolink.engine.client} and is of no
 * use to applications: what its methods take is not exported. Any thread but those of the loops.
 */
@SuppressWarnings("exports")
public final class ClientEngine implements AutoCloseable {
    private static final long STALL_THRESHOLD_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final String NAME_PREFIX = "neurolink-client-";
    private static final int MAX_CORK_LENGTH = 256 * 1024;
    private static final long CLOSING_SLACK_MS = 1000;

    private final Engine engine;
    private final List<SelectorPoller> pollers;
    private final ColdExecutor coldExecutor;
    private final AtomicInteger nextLoop = new AtomicInteger();

    /** Null if the loops are a server's. */
    private final EngineThreads threads;

    private ClientEngine(Engine engine, List<SelectorPoller> pollers, ColdExecutor coldExecutor, EngineThreads threads) {
        this.engine = engine;
        this.pollers = pollers;
        this.coldExecutor = coldExecutor;
        this.threads = threads;
    }

    /**
     * Starts loops for a client alone.
     *
     * @param eventLoops          how many.
     * @param workers             how many; 0 if handlers are called otherwise.
     * @param idleMode            what they do when there is nothing to do.
     * @param receiveBufferLength bytes read from a socket at once.
     * @return the running loops.
     * @throws IOException if no selector can be opened.
     */
    public static ClientEngine start(int eventLoops, int workers, IdleMode idleMode, int receiveBufferLength) throws IOException {
        List<SelectorPoller> pollers = new ArrayList<>();
        try {
            for (int i = 0; i < eventLoops; i++) {
                pollers.add(new SelectorPoller(SystemNanoClock.INSTANCE, error -> { }));
            }
        } catch (IOException e) {
            pollers.forEach(SelectorPoller::close);
            throw e;
        }
        ColdExecutor coldExecutor = new ColdExecutor(Math.max(4, Runtime.getRuntime().availableProcessors()), NAME_PREFIX);
        LoopSettings settings = new LoopSettings(
                receiveBufferLength, Math.min(receiveBufferLength, MAX_CORK_LENGTH), HttpLimits.DEFAULTS, 0, 1, 1);
        Engine engine = new Engine(new Engine.Parts(List.of(), pollers, workers, settings, FrontDoorSettings.DEFAULTS,
                request -> CompletableFuture.completedFuture(HttpResponse.of(404, "text/plain", new byte[0])), SystemNanoClock.INSTANCE,
                SystemEpochClock.INSTANCE, coldExecutor, STALL_THRESHOLD_NS, MemoryBudget.defaultBytes(), null), NAME_PREFIX, workers > 0);
        return new ClientEngine(engine, pollers, coldExecutor, EngineThreads.start(engine, idleMode));
    }

    /**
     * Takes the loops of a server, which stay the server's.
     *
     * @param server a started server.
     * @return its loops.
     * @throws IllegalStateException if the server does not run.
     */
    public static ClientEngine of(NeuroLinkServer server) {
        RunningServer running = server.requireRunning();
        return new ClientEngine(running.engine(), running.pollers(), running.coldExecutor(), null);
    }

    /**
     * {@return the same in the units of the loops}
     *
     * @param config what is wanted.
     */
    public static EndpointSettings settings(WebSocketConfig config) {
        return ManagerEndpoint.settingsOf(config);
    }

    /** {@return an index for a client's endpoint} */
    public int takeIndex() {
        return engine.takeIndex();
    }

    /**
     * Makes the loops ready for a client's connections.
     *
     * @param endpoint  of the client.
     * @param threading which thread calls its handlers.
     * @throws IllegalStateException if nobody can call the handlers in that way.
     */
    public void add(Endpoint endpoint, HandlerThreading threading) {
        for (int i = 0; i < pollers.size(); i++) {
            SelectorPoller poller = pollers.get(i);
            EventLoop loop = engine.loops().get(i);
            loop.proxy().executeUrgently(() -> {
                if (!poller.hasTls()) {
                    poller.tls(new TlsLoop(null, loop.counters(), coldExecutor, loop.proxy()::executeUrgently));
                }
            });
        }
        try {
            engine.add(endpoint, threading);
        } catch (IllegalStateException e) {
            engine.giveIndexBack(endpoint.index());
            throw e;
        } catch (CompletionException e) {
            engine.giveIndexBack(endpoint.index());
            throw e.getCause() instanceof IllegalStateException cause ? cause : e;
        }
    }

    /**
     * Begins to connect, on the next loop in turn.
     *
     * @param request what is wanted.
     * @param result  gets the connection or the error; if it is completed otherwise, the attempt is given up.
     */
    public void connect(ConnectRequest request, CompletableFuture<WebSocketConnection> result) {
        EventLoop loop = engine.loops().get(Integer.remainderUnsigned(nextLoop.getAndIncrement(), engine.loops().size()));
        ConnectAttempt attempt = new ConnectAttempt(loop, request, result);
        loop.proxy().executeUrgently(attempt::start);
        result.whenComplete((connection, error) -> {
            if (error != null) {
                loop.proxy().executeUrgently(attempt::cancel);
            }
        });
    }

    /**
     * Gives up what is being connected, closes all connections of a client, waits for that, cuts what is left, and forgets the client.
     *
     * @param endpoint  of the client.
     * @param code      close code.
     * @param reason    close reason.
     * @param gone      is completed when it has no connection any more.
     * @throws IllegalStateException if the calling thread is one of the loops', which cannot wait for itself.
     */
    public void end(Endpoint endpoint, int code, String reason, CompletableFuture<Void> gone) {
        if (engine.loops().stream().anyMatch(EventLoop::isCurrentThread)) {
            throw new IllegalStateException("a client cannot be closed by a callback on its event loop");
        }
        for (EventLoop loop : engine.loops()) {
            loop.proxy().executeUrgently(() -> {
                loop.cancelAttempts(endpoint);
                loop.closeAll(endpoint, code, reason);
            });
        }
        long timeoutMs = TimeUnit.NANOSECONDS.toMillis(endpoint.settings().closeTimeoutNs()) + CLOSING_SLACK_MS;
        gone.completeOnTimeout(null, timeoutMs, TimeUnit.MILLISECONDS).join();
        engine.remove(endpoint);
        engine.giveIndexBack(endpoint.index());
    }

    /**
     * Where what may block runs: a few threads, with a bounded queue.
     *
     * @return refuses what it has no room for.
     */
    public Executor coldExecutor() {
        return coldExecutor;
    }

    /** {@return all counters by name; of the server as well if the loops are a server's} */
    public Map<String, Long> counters() {
        return engine.counters().snapshot().toMap();
    }

    /** {@return the distinct errors seen so far, with how often each was seen} */
    public List<String> errors() {
        return engine.errors().snapshot().stream().map(DistinctError::toString).toList();
    }

    /** Ends the threads, unless they are a server's. */
    @Override
    public void close() {
        if (threads != null) {
            threads.end();
            engine.close();
            coldExecutor.close();
        }
    }
}
