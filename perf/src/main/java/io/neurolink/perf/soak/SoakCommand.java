package io.neurolink.perf.soak;

import io.neurolink.perf.report.Json;
import io.neurolink.perf.report.Plot;
import io.neurolink.perf.server.Balances;
import io.neurolink.perf.server.Certificate;
import io.neurolink.perf.server.TargetProcess;
import io.neurolink.perf.server.TargetState;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Mixed traffic and faults against two servers that it starts itself, one plain and one with TLS; then everything must be gone. */
@Command(name = "soak", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Mixed traffic and faults for a time; then all must be gone, all sums even, and memory flat. Ends with 1 if not.")
public final class SoakCommand implements Callable<Integer> {
    private static final int HEAP_MEGABYTES = 192;
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long CALM_DOWN_NS = TimeUnit.SECONDS.toNanos(90);
    private static final int SAMPLES = 60;
    private static final int PROGRESS_LINES = 20;
    private static final int DESCRIPTOR_SLACK = 8;

    @Spec
    private CommandSpec spec;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "1h", converter = DurationConverter.class,
            description = "How long, as 90s, 3m or 1h. Default: ${DEFAULT-VALUE}.")
    private Duration duration;

    @Option(names = "--load", paramLabel = "X", defaultValue = "1",
            description = "Multiplies the rates of arrivals, of which there are 29 a second at 1. Default: ${DEFAULT-VALUE}.")
    private double load;

    @Option(names = "--json", paramLabel = "FILE", description = "Write what was measured there.")
    private Path json;

    @Option(names = "--plot", paramLabel = "FILE", description = "Draw memory and connections over time there, as HTML.")
    private Path plot;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<String> faults = new ArrayList<>();
        try (Certificate certificate = Certificate.make();
                TargetProcess plain = TargetProcess.start(HEAP_MEGABYTES, 0, options("WORKER", "--compression", "DEDICATED"));
                TargetProcess tls = TargetProcess.start(HEAP_MEGABYTES, 0, options("INLINE", "--tls-cert", certificate.chain().toString(),
                        "--tls-key", certificate.key().toString()))) {
            List<Samples> servers = List.of(new Samples("plain", plain), new Samples("tls", tls));
            Log log;
            try (Traffic traffic = new Traffic(plain, tls, certificate.trust(), load)) {
                log = traffic.log();
                run(out, traffic, servers);
                out.println("stopping");
                out.flush();
                traffic.stop();
                servers.forEach(server -> faults.addAll(calmDown(server.target(), server.name())));
                traffic.failures().forEach(failure -> faults.add("a peer failed: " + failure));
            }
            faults.addAll(log.faults());
            for (Samples server : servers) {
                faults.addAll(server.growth());
                faults.addAll(end(server));
            }
            report(out, servers, log, faults);
        }
        return faults.isEmpty() ? 0 : 1;
    }

    private static List<String> options(String threading, String... more) {
        List<String> options = new ArrayList<>(List.of("--handler-threading", threading, "--ping-interval", "3000",
                "--pong-timeout", "30000", "--max-buffered-bytes", "262144", "--handshake-timeout", "5000", "--close-timeout", "3000",
                "--max-failed-upgrades-per-minute", "0"));
        options.addAll(List.of(more));
        return options;
    }

    private void run(PrintWriter out, Traffic traffic, List<Samples> servers) {
        double sampleSeconds = Math.max(1, duration.toSeconds() / (double) SAMPLES);
        double progressSeconds = Math.max(5, duration.toSeconds() / (double) PROGRESS_LINES);
        long beginNs = System.nanoTime();
        double seconds = 0;
        double sampledAt = 0;
        double toldAt = 0;
        while (seconds < duration.toSeconds()) {
            LockSupport.parkNanos(STEP_NS);
            double now = (System.nanoTime() - beginNs) / 1e9;
            traffic.step(now - seconds);
            seconds = now;
            if (seconds - sampledAt >= sampleSeconds) {
                sampledAt = seconds;
                for (Samples server : servers) {
                    server.take(seconds);
                }
            }
            if (seconds - toldAt >= progressSeconds && sampledAt > 0) {
                toldAt = seconds;
                out.printf("%6.0f s  %d lines; %s; %s; faults %d%n", seconds, traffic.open(), servers.get(0).lastText(),
                        servers.get(1).lastText(), traffic.log().faults().size());
                out.flush();
            }
        }
    }

    /** Waits until nobody is there any more. @return gauges that are not zero */
    private static List<String> calmDown(TargetProcess target, String name) {
        long beginNs = System.nanoTime();
        List<String> off = gauges(target.state());
        while (!off.isEmpty() && System.nanoTime() - beginNs < CALM_DOWN_NS) {
            LockSupport.parkNanos(STEP_NS);
            off = gauges(target.state());
        }
        return off.stream().map(fault -> name + ": " + fault).toList();
    }

    private static List<String> gauges(TargetState state) {
        return Balances.gaugesOff(TargetState.zero(), state);
    }

    /** Ends the server. @return what it left behind */
    private static List<String> end(Samples server) throws IOException {
        List<String> faults = new ArrayList<>();
        String errors = server.target().errors();
        if (!errors.isEmpty()) {
            faults.add("errors: " + errors);
        }
        TargetState end = server.target().end();
        faults.addAll(Balances.off(end));
        faults.addAll(gauges(end));
        if (end.get(TargetState.ENGINE_THREADS) != 0) {
            faults.add("threads of the engine are left: " + end.get(TargetState.ENGINE_THREADS));
        }
        if (end.get(TargetState.DESCRIPTORS) > end.get(TargetState.DESCRIPTORS_AT_START) + DESCRIPTOR_SLACK) {
            faults.add("descriptors are left: " + end.get(TargetState.DESCRIPTORS) + ", at the start there were "
                    + end.get(TargetState.DESCRIPTORS_AT_START));
        }
        if (!server.target().complaints().isEmpty()) {
            faults.add("standard error: " + server.target().complaints());
        }
        return faults.stream().map(fault -> server.name() + ": " + fault).toList();
    }

    private void report(PrintWriter out, List<Samples> servers, Log log, List<String> faults) throws IOException {
        StringBuilder text = new StringBuilder("peers:");
        log.counts().forEach((name, count) -> text.append(' ').append(name).append(' ').append(count).append(','));
        text.setLength(text.length() - 1);
        out.println(text);
        faults.forEach(fault -> out.println("FAULT " + fault));
        String verdict = "soak of " + duration.toSeconds() + " s: " + (faults.isEmpty() ? "nothing lost, nothing left, memory flat"
                : faults.size() + " faults");
        out.println(verdict);
        out.flush();
        if (json != null) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("seconds", duration.toSeconds());
            all.put("load", load);
            all.put("java", Runtime.version().toString());
            all.put("faults", faults);
            all.put("peers", log.counts());
            servers.forEach(server -> all.put(server.name(), server.toMap()));
            Files.writeString(json, Json.of(all));
        }
        if (plot != null) {
            List<Plot> plots = new ArrayList<>();
            servers.forEach(server -> plots.addAll(server.plots()));
            Files.writeString(plot, Plot.page("Soak", verdict + "\n" + String.join("\n", faults), plots));
        }
    }

    /** Reads a time as {@code 90s}, {@code 3m} or {@code 1h}. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            if (!value.matches("[1-9][0-9]{0,5}[smh]")) {
                throw new TypeConversionException("must be a time as 90s, 3m or 1h, not '" + value + "'");
            }
            return Duration.parse("PT" + value.toUpperCase(Locale.ROOT));
        }
    }
}
