package io.neurolink.engine;

import io.neurolink.engine.loop.Acceptor;
import io.neurolink.engine.loop.AccessEntry;
import io.neurolink.engine.loop.RequestHandler;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.status.CountedErrorHandler;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.SelectorPoller;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

/** A started server: an {@link Engine} with listeners, and a thread for each of its duties. */
final class RunningServer {
    private static final long STALL_THRESHOLD_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<WebSocketConnectionManager> managers;
    private final Acceptor acceptor;
    private final ColdExecutor coldExecutor;
    private final List<SelectorPoller> pollers = new ArrayList<>();
    private final Engine engine;
    private final MetricsReader metrics;

    /** Completed with the time for closing handshakes when a drain is cut short. */
    private final CompletableFuture<Duration> hurried = new CompletableFuture<>();

    /** Null before they run. */
    private EngineThreads threads;

    /** Null if nobody looks for stalls. */
    private StallWatchdog watchdog;

    /** Null if nothing is logged. */
    private AccessLogWriter accessLog;

    /** Null if connections are plain. */
    private TlsService tls;

    /** Null if the server is alone. */
    private ClusterThread cluster;

    /**
     * The JDK reads from files what it needs for the first line of a log: time zones, names of months. When file descriptors have run out
     * by then, the line is lost, and with it the use of these classes for as long as the process lives.
     *
     * @return a date, written as logs write it.
     */
    private static String prepareToLog() {
        System.getLogger("io.neurolink.engine").isLoggable(System.Logger.Level.WARNING);
        return String.format("%tc", ZonedDateTime.now());
    }

    static RunningServer start(NeuroLinkServer.Builder configuration, RequestHandler requestHandler) throws IOException {
        prepareToLog();
        RunningServer server = new RunningServer(configuration, requestHandler, bind(configuration));
        try {
            server.startAccessLog(configuration.accessLog);
            server.startTls(configuration.tls);
            server.startCluster(configuration.cluster);
            server.threads = EngineThreads.start(server.engine, configuration.idleMode);
            server.startWatchdog(configuration.handlerStallThreshold);
            server.acceptor.start(server.engine.loops(), server.pollers, server::onAcceptError);
            return server;
        } catch (IOException | RuntimeException e) {
            server.end();
            throw e;
        }
    }

    private static Acceptor bind(NeuroLinkServer.Builder configuration) throws IOException {
        if (configuration.inheritsSocket) {
            return Acceptor.inherited();
        }
        String where = "cannot listen on " + configuration.host + ":" + configuration.port + ": ";
        InetSocketAddress wanted = new InetSocketAddress(configuration.host, configuration.port);
        if (wanted.isUnresolved()) {
            throw new BindException(where + "unknown host");
        }
        try {
            return Acceptor.bind(wanted, configuration.eventLoops);
        } catch (BindException e) {
            BindException named = new BindException(where + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    private RunningServer(NeuroLinkServer.Builder configuration, RequestHandler requestHandler, Acceptor acceptor) throws IOException {
        this.managers = List.copyOf(configuration.managers);
        this.acceptor = acceptor;
        this.coldExecutor = new ColdExecutor(configuration.coldThreads);
        try {
            for (int i = 0; i < configuration.eventLoops; i++) {
                pollers.add(new SelectorPoller(SystemNanoClock.INSTANCE, this::onAcceptError));
            }
            pollers.forEach(poller -> poller.systemSendBuffer(configuration.systemSendBuffer));
            if (configuration.proxyProtocol) {
                pollers.forEach(SelectorPoller::plainFirst);
            }
            this.engine = new Engine(new Engine.Parts(managers, pollers, configuration.workers, configuration.settings(),
                    configuration.frontDoor(), requestHandler, SystemNanoClock.INSTANCE, SystemEpochClock.INSTANCE, coldExecutor,
                    STALL_THRESHOLD_NS, configuration.memoryBudget,
                    configuration.accessLog.isOn() ? this::log : null));
            this.metrics = new MetricsReader(managers, engine.counters(), engine.errors(), engine.budget(), SystemNanoClock.INSTANCE,
                    SystemEpochClock.INSTANCE);
        } catch (IOException | RuntimeException e) {
            acceptor.close();
            pollers.forEach(SelectorPoller::close);
            throw e;
        }
    }

    private void startAccessLog(AccessLog log) {
        if (log.isOn()) {
            CounterSet counters = engine.counters().shared();
            accessLog = new AccessLogWriter(log, counters,
                    new CountedErrorHandler(counters, EngineCounter.HANDLER_ERRORS, engine.errors()));
            accessLog.start();
        }
    }

    /** No loop runs before there is a log. */
    private void log(AccessEntry entry) {
        accessLog.accept(entry);
    }

    private void startTls(TlsConfig config) throws IOException {
        if (config != null) {
            tls = new TlsService(config, engine.counters().shared(), engine.errors());
            tls.serve(engine.loops(), pollers, coldExecutor);
        }
    }

    private void startCluster(ClusterConfig config) {
        if (config != null) {
            cluster = ClusterThread.join(config, managers, engine, coldExecutor);
            cluster.start();
        }
    }

    private void startWatchdog(Duration threshold) {
        if (!threshold.isZero()) {
            List<EngineListener> listeners = managers.stream().map(manager -> manager.config().listener()).distinct().toList();
            CounterSet counters = engine.counters().shared();
            watchdog = new StallWatchdog(threads.subjects(engine), threshold, listeners, counters,
                    new CountedErrorHandler(counters, EngineCounter.HANDLER_ERRORS, engine.errors()));
            watchdog.start();
        }
    }

    private void onAcceptError(Throwable error) {
        new CountedErrorHandler(engine.counters().shared(), EngineCounter.ACCEPT_ERRORS, engine.errors()).onError(error);
    }

    InetSocketAddress address() {
        return acceptor.address();
    }

    Engine engine() {
        return engine;
    }

    MetricsReader metrics() {
        return metrics;
    }

    List<SelectorPoller> pollers() {
        return pollers;
    }

    ColdExecutor coldExecutor() {
        return coldExecutor;
    }

    /** @return whether the caller is a thread that has to end with the server: to wait for that would be to wait for itself. */
    boolean isOwnThread() {
        return threads != null && threads.isCurrentThread() || cluster != null && cluster.isCurrentThread()
                || coldExecutor.isCurrentThread() || engine.isVirtualHandler();
    }

    /** Closes all connections as wanted, {@linkplain #end() ends}, and says what became of them. Blocks. */
    DrainReport drain(DrainOptions options) {
        long beginNs = System.nanoTime();
        long unsentBefore = engine.counters().sum(EngineCounter.MESSAGES_REPORTED);
        int connections;
        EngineDrain drain;
        try {
            awaitDelay(options.delay());
            engine.refuseUpgrades();
            if (options.closesListeners()) {
                acceptor.close();
            }
            connections = managers.stream().mapToInt(WebSocketConnectionManager::getConnectionCount).sum();
            drain = new EngineDrain(engine.loops(), options.toPlan(connections));
            hurried.thenAccept(drain::hurry);
            drain.join();
        } finally {
            end();
        }
        long unsent = engine.counters().sum(EngineCounter.MESSAGES_REPORTED) - unsentBefore;
        // Only now: a loop that was late has counted its connections when it ended.
        return drain.tallies().report(connections, unsent, Duration.ofNanos(System.nanoTime() - beginNs), hurried.isDone());
    }

    /** Ends early when somebody is in a hurry. */
    private void awaitDelay(Duration delay) {
        hurried.copy().completeOnTimeout(null, delay.toMillis(), TimeUnit.MILLISECONDS).join();
    }

    /** Cuts a drain short. */
    void hurry(Duration closeTimeout) {
        hurried.complete(closeTimeout);
    }

    /** Loops first: what they tell the handlers at the end must still find the workers. */
    void end() {
        acceptor.close();
        if (watchdog != null) {
            watchdog.close();
        }
        if (tls != null) {
            tls.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (threads == null) {
            pollers.forEach(SelectorPoller::close);
        } else {
            threads.end();
        }
        if (accessLog != null) {
            accessLog.close();
        }
        engine.close();
        coldExecutor.close();
    }
}
