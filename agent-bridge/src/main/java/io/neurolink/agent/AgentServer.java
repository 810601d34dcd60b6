package io.neurolink.agent;

import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentProvider;
import io.neurolink.agent.spi.AgentSettings;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.engine.DrainOptions;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The standalone server: an agent on WebSocket paths, health routes and the web console on one port. Started by {@link #main}; its options
 * are printed by {@code --help} and described in {@code docs/guide.md}.
 */
public final class AgentServer implements AutoCloseable {
    private static final int STATUS_FAILED = 1;
    private static final int STATUS_BAD_OPTION = 2;
    private static final Duration SHUTDOWN_DEADLINE = Duration.ofSeconds(10);
    private static final Duration HURRIED_DEADLINE = Duration.ofSeconds(2);

    private final String url;
    private final NeuroLinkServer server;
    private final AgentHandler handler;
    private final ScheduledExecutorService timers;
    private final DrainOptions drainOptions;
    private final AtomicBoolean isDrainWanted = new AtomicBoolean();
    /** What became of everything, when a drain was asked for. */
    private final AtomicReference<CompletableFuture<String>> drained = new AtomicReference<>();
    /** The last line was printed, or there is none. */
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    private AgentServer(AgentServerOptions options, Map<String, String> environment) throws BadOptionException, IOException {
        timers = newTimers();
        drainOptions = AgentServerWiring.drainOptions(options);
        try {
            Agent agent = newAgent(options, environment, timers);
            AgentServerIdentity identity = AgentServerIdentity.of(options, environment);
            WebSocketConfig config = AgentServerWiring.webSocketConfig(options, identity.auth());
            RunReplication replication = AgentServerCluster.runs(options);
            handler = AgentHandler.builder(agent)
                    .config(AgentServerIdentity.limit(options, AgentHandlerConfig.builder().matching(config)).build())
                    .scheduler(timers)
                    .replication(replication)
                    .build();
            var manager = new WebSocketConnectionManager(config);
            options.paths.forEach(path -> manager.registerHandler(path, handler));
            server = AgentServerWiring.newServer(options, manager);
            AgentServerRoutes.register(server, manager, options.paths, () -> counters(identity), server::isReady,
                    () -> !manager.cluster().isConnected() || replication != null && replication.fault() != null);
            AgentServerSight.register(server, manager, handler, options.sight, environment);
            server.start();
            String scheme = options.isTls() ? "wss://" : "ws://";
            String host = options.inheritSocket ? server.address().getAddress().getHostAddress() : options.host;
            url = scheme + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + server.port();
        } catch (IllegalArgumentException e) {
            timers.shutdownNow();
            throw new BadOptionException(e.getMessage());
        } catch (BadOptionException | IOException | RuntimeException e) {
            timers.shutdownNow();
            throw e;
        }
    }

    private Map<String, Long> counters(AgentServerIdentity identity) {
        var counters = new LinkedHashMap<>(handler.counters());
        counters.putAll(identity.counters().get());
        return counters;
    }

    /**
     * Runs the server until SIGTERM or SIGINT, which drain it; a second one hurries. The process ends with status 0 then, with 1 if the
     * server could not be started, and with 2 if an option was wrong.
     *
     * @param args the options.
     */
    public static void main(String[] args) {
        if (AgentServerHash.isCommand(args)) {
            System.exit(AgentServerHash.run(System.in, System.out, System.err, args));
        }
        var isSignalled = new AtomicBoolean();
        int status = run(System.getenv(), System.out, System.err, server -> server.drainAtSignal(() -> isSignalled.set(true)), args);
        if (status != 0 || isSignalled.get()) {
            System.exit(status);
        }
    }

    /**
     * As {@link #main}, in this process.
     *
     * @param environment where options may be set too.
     * @param out         gets the line that says where the server listens.
     * @param err         gets complaints.
     * @param onStarted   called with the server when it accepts connections, before that line is printed.
     * @param args        the options.
     * @return the exit status, when the server has ended.
     */
    static int run(Map<String, String> environment, PrintStream out, PrintStream err, Consumer<AgentServer> onStarted, String... args) {
        if (args.length > 0 && args[0].equals(AgentServerStatusCommand.NAME)) {
            return new AgentServerStatusCommand(environment, out, err).run(Arrays.copyOfRange(args, 1, args.length));
        }
        try {
            AgentServerOptions options = new AgentServerCommandLine(environment).parse(args);
            if (options.help || options.version) {
                out.print(options.help ? AgentServerCommandLine.usage() : AgentServerWiring.version() + System.lineSeparator());
                return 0;
            }
            try (AgentServer agentServer = start(options, environment)) {
                onStarted.accept(agentServer);
                out.println("listening on " + agentServer.url);
                out.flush();
                agentServer.server.awaitShutdown();
                agentServer.finish(err);
            }
            return 0;
        } catch (BadOptionException e) {
            return complain(err, e.getMessage(), STATUS_BAD_OPTION);
        } catch (IOException e) {
            return complain(err, e.getMessage(), STATUS_FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return complain(err, "interrupted", STATUS_FAILED);
        }
    }

    /**
     * @param options     checked options.
     * @param environment where the agent may look for secrets.
     * @return a server that accepts connections.
     * @throws BadOptionException if there is no such agent, or it refuses its settings.
     * @throws IOException        if the address cannot be listened on; the message names it.
     */
    static AgentServer start(AgentServerOptions options, Map<String, String> environment) throws BadOptionException, IOException {
        return new AgentServer(options, environment);
    }

    private static int complain(PrintStream err, String message, int status) {
        err.println(AgentServerOptions.NAME + ": " + message);
        err.flush();
        return status;
    }

    private void finish(PrintStream err) {
        CompletableFuture<String> report = drained.get();
        if (report != null) {
            complain(err, report.join(), 0);
        }
        finished.complete(null);
    }

    /**
     * The JVM's own answer to a signal would be a status other than 0, so the hook, which is for all other ways in which a JVM may be
     * asked to end, ends the process when everything is done.
     */
    private void drainAtSignal(Runnable onSignal) {
        Runnable drainOrHurry = () -> {
            onSignal.run();
            drainOrHurry();
        };
        Signals.handle("TERM", drainOrHurry);
        Signals.handle("INT", drainOrHurry);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!finished.isDone()) {
                drain();
                finished.join();
                System.out.flush();
                Runtime.getRuntime().halt(0);
            }
        }, "neurolink-drain"));
    }

    /** The first time it drains; once more, and there is little time left for that. */
    void drainOrHurry() {
        if (isDrainWanted.compareAndSet(false, true)) {
            drain();
        } else {
            server.shutdown(HURRIED_DEADLINE);
        }
    }

    private static Agent newAgent(AgentServerOptions options, Map<String, String> environment, ScheduledExecutorService timers)
            throws BadOptionException {
        try {
            var settings = new AgentSettings(options.agentSettings(), timers, environment::get);
            return AgentProvider.named(options.agent).create(settings);
        } catch (IllegalArgumentException e) {
            throw new BadOptionException("--agent: " + e.getMessage());
        }
    }

    private static ScheduledExecutorService newTimers() {
        var timers = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "neurolink-agent-timer");
            thread.setDaemon(true);
            return thread;
        });
        timers.setRemoveOnCancelPolicy(true);
        return timers;
    }

    /** @return where clients connect to, without a path. */
    String url() {
        return url;
    }

    /**
     * Ends the server as the options say: it is not ready any more, tells its clients, lets runs finish, and closes the connections bit by
     * bit. Any thread; a second call changes nothing.
     *
     * @return what became of everything, in a line, when everything has ended.
     */
    CompletableFuture<String> drain() {
        var report = new CompletableFuture<String>();
        if (drained.compareAndSet(null, report)) {
            Map<String, Long> before = handler.counters();
            long deadlineNs = System.nanoTime() + drainOptions.delay().plus(drainOptions.timeout()).toNanos();
            var closed = server.drain(drainOptions).thenCompose(result -> finishRuns(deadlineNs).thenApply(nothing -> result));
            // Not on the timers' thread, which has the last words of runs to bring to other nodes.
            closed.thenAcceptAsync(connections -> {
                end();
                report.complete(connections + "; " + describe(before, handler.counters()));
            }, task -> new Thread(task, "neurolink-end").start());
        }
        return drained.get();
    }

    /** In a cluster clients have gone to other nodes, and see there what runs of this one still say. */
    private CompletableFuture<Void> finishRuns(long deadlineNs) {
        return handler.finishRuns(Duration.ofNanos(Math.max(0, deadlineNs - System.nanoTime())));
    }

    private static String describe(Map<String, Long> before, Map<String, Long> after) {
        long cancelled = after.get("runs.cancelled") - before.get("runs.cancelled") + after.get("runs.active");
        long all = before.get("runs.active") + after.get("runs.started") - before.get("runs.started");
        return "runs: " + (all - cancelled) + " finished, " + cancelled + " cancelled";
    }

    private void end() {
        handler.close();
        timers.shutdownNow();
    }

    /**
     * Ends the server: it is not ready any more, tells its clients, ends their runs, lets what was sent to them leave, closes them with
     * 1001, and ends what is left after ten seconds. A drain is cut short. Any thread; a second call changes nothing.
     *
     * @return completes when everything has ended.
     */
    CompletableFuture<Void> shutdown() {
        return server.shutdown(SHUTDOWN_DEADLINE).whenComplete((nothing, error) -> end());
    }

    /** As {@link #shutdown()}, waiting for it. */
    @Override
    public void close() {
        shutdown().join();
        finished.complete(null);
    }
}
