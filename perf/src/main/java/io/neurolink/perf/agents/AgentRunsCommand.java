package io.neurolink.perf.agents;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.nats.NatsClusterBus;
import io.neurolink.agent.nats.NatsRunReplication;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.HandlerThreading;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Many runs at once of a model that costs nothing, on one event loop: what the agent bridge adds to each token. */
@Command(name = "agent-runs", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Many runs of a paced model at once on one event loop: lateness, processor time and allocation per token.")
public final class AgentRunsCommand implements Callable<Integer> {
    private static final String MODEL_THREAD = "paced-model";
    private static final double NANOS_PER_MICRO = 1000;
    private static final long CONNECT_NS = TimeUnit.SECONDS.toNanos(30);

    @Spec
    private CommandSpec spec;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "1000", description = "Runs at once. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "50",
            description = "Tokens a second of each run. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(names = "--connections", paramLabel = "N", defaultValue = "1000",
            description = "Connections that the runs are spread over. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--warm-up", paramLabel = "SECONDS", defaultValue = "10", description = "Default: ${DEFAULT-VALUE}.")
    private int warmUpSeconds;

    @Option(names = "--duration", paramLabel = "SECONDS", defaultValue = "20", description = "Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--cluster", paramLabel = "URL",
            description = "NATS with JetStream that keeps the logs of the runs, as nats://HOST:PORT[,...]. Default: none.")
    private String cluster;

    @Option(names = "--replicas", paramLabel = "N", defaultValue = "1",
            description = "Servers of that NATS that keep each record. Default: ${DEFAULT-VALUE}.")
    private int replicas;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        RunReplication replication = replication();
        ThreadMeter.Used alone = modelAlone();
        // The reader answers no pings.
        var config = WebSocketConfig.builder().maxConnections(connections + 1).handlerThreading(HandlerThreading.INLINE)
                .pingInterval(Duration.ZERO).build();
        PacedModel model = new PacedModel(rate);
        Thread modelThread = start(model);
        try (AgentHandler handler = handler(model, config, replication); NeuroLinkServer server = serve(config, handler);
                TokenReader reader = new TokenReader()) {
            connect(reader, server.port());
            reader.read(TimeUnit.SECONDS.toNanos(warmUpSeconds));
            report(out, reader, model, handler, alone);
        } finally {
            modelThread.interrupt();
            modelThread.join();
        }
        return 0;
    }

    /** @return null if runs are this node's only. */
    private RunReplication replication() throws IOException {
        try {
            return cluster == null ? null : NatsRunReplication.builder(NatsClusterBus.builder(cluster).prefix("agent-runs").build())
                    .replicas(replicas).build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private AgentHandler handler(PacedModel model, WebSocketConfig config, RunReplication replication) throws IOException {
        AgentHandler.Builder builder = AgentHandler.builder(model).config(AgentHandlerConfig.builder().matching(config)
                .maxConcurrentRuns(runs).maxRunsPerUser(runs).maxRuns(runs).build());
        if (replication == null) {
            return builder.build();
        }
        AgentHandler handler = builder.replication(replication).build();
        long deadlineNs = System.nanoTime() + CONNECT_NS;
        while (handler.counters().get("runs.replication_connected") == 0) {
            if (System.nanoTime() - deadlineNs > 0) {
                handler.close();
                throw new IOException("there is no JetStream at " + cluster);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return handler;
    }

    private static NeuroLinkServer serve(WebSocketConfig config, AgentHandler handler) throws IOException {
        var manager = new WebSocketConnectionManager(config);
        manager.registerHandler("/ws", handler);
        return NeuroLinkServer.builder().host("127.0.0.1").port(0).webSocket(manager).eventLoops(1).build().start();
    }

    private void connect(TokenReader reader, int port) throws IOException {
        for (int i = 0; i < connections; i++) {
            int connection = i;
            List<String> ids = IntStream.range(0, runs).filter(run -> run % connections == connection).mapToObj(run -> "run" + run)
                    .toList();
            reader.connect(port, "/ws", ids);
            reader.read(1);
        }
    }

    private static Thread start(PacedModel model) {
        Thread thread = new Thread(model, MODEL_THREAD);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** @return what the model uses for a million tokens that nobody wants to see. */
    private ThreadMeter.Used modelAlone() throws InterruptedException {
        PacedModel model = new PacedModel(rate);
        for (int i = 0; i < runs; i++) {
            model.run(AgentRequest.of("r", "p")).subscribe(new Nobody());
        }
        Thread thread = start(model);
        ThreadMeter meter = new ThreadMeter(MODEL_THREAD::equals);
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(Math.max(1, warmUpSeconds / 2)));
        ThreadMeter.Used before = meter.read();
        long tokensBefore = model.tokens();
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(Math.max(1, seconds / 4)));
        ThreadMeter.Used used = meter.read().since(before);
        long tokens = Math.max(1, model.tokens() - tokensBefore);
        thread.interrupt();
        thread.join();
        return new ThreadMeter.Used(used.cpuNs() * 1_000_000 / tokens, used.bytes() * 1_000_000 / tokens);
    }

    private void report(PrintWriter out, TokenReader reader, PacedModel model, AgentHandler handler, ThreadMeter.Used alone)
            throws IOException {
        ThreadMeter meter = new ThreadMeter(name -> name.equals(MODEL_THREAD) || name.startsWith("neurolink") || name.startsWith("nats:"));
        reader.reset();
        ThreadMeter.Used before = meter.read();
        long tokensBefore = model.tokens();
        Map<String, Long> countersBefore = handler.counters();
        reader.read(TimeUnit.SECONDS.toNanos(seconds));
        ThreadMeter.Used used = meter.read().since(before);
        double tokens = Math.max(1, model.tokens() - tokensBefore);
        Histogram lateness = reader.lateness();
        out.printf(Locale.ROOT, "runs %d, connections %d, tokens/s asked %d, got %.0f, messages per token %.3f, log bytes %d%n",
                runs, connections,
                runs * rate, reader.tokens() / (double) seconds, reader.messages() / (double) Math.max(1, reader.tokens()),
                handler.counters().get("runs.log_bytes"));
        out.printf(Locale.ROOT, "late per token, us: p50 %.0f, p90 %.0f, p99 %.0f, p99.9 %.0f, max %.0f%n", micros(lateness, 50),
                micros(lateness, 90), micros(lateness, 99), micros(lateness, 99.9), lateness.getMaxValue() / NANOS_PER_MICRO);
        out.printf(Locale.ROOT, "processor per token, ns: %.0f, of which the model itself %.0f%n", used.cpuNs() / tokens,
                alone.cpuNs() / 1e6);
        out.printf(Locale.ROOT, "allocated per token, bytes: %.0f, of which the model itself %.0f%n", used.bytes() / tokens,
                alone.bytes() / 1e6);
        if (cluster != null) {
            reportRecords(out, countersBefore, handler.counters(), tokens);
        }
        out.flush();
    }

    private void reportRecords(PrintWriter out, Map<String, Long> before, Map<String, Long> after, double tokens) {
        double records = after.get("runs.replicated_records") - before.get("runs.replicated_records");
        double bytes = after.get("runs.replicated_bytes") - before.get("runs.replicated_bytes");
        out.printf(Locale.ROOT, "records per token: %.3f, bytes of a record: %.0f, records/s: %.0f, failures: %d%n", records / tokens,
                bytes / records, records / seconds, after.get("runs.replication_failures") - before.get("runs.replication_failures"));
    }

    private static double micros(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / NANOS_PER_MICRO;
    }

    /** Wants everything and looks at nothing. */
    private static final class Nobody implements Flow.Subscriber<AgentEvent> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(AgentEvent event) {
            // Nobody is interested.
        }

        @Override
        public void onError(Throwable error) {
            // Nobody is interested.
        }

        @Override
        public void onComplete() {
            // Nobody is interested.
        }
    }
}
