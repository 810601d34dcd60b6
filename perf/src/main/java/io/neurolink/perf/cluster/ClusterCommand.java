package io.neurolink.perf.cluster;

import io.neurolink.perf.report.Json;
import io.neurolink.perf.report.Table;
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
import java.util.Set;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what nodes on NATS add to one alone. */
@Command(name = "cluster", sortOptions = false, mixinStandardHelpOptions = true,
        description = "What nodes on NATS add to one alone: the cost of a broadcast, its latency to a connection of another node, and what"
                + " it costs to keep the logs of runs once or three times. Starts nats-server, nodes and clients on this machine. Ends with"
                + " 1 if a record was not acknowledged.")
public final class ClusterCommand implements Callable<Integer> {
    private static final double NANOS_PER_MICRO = 1000;

    /** What can be measured. */
    enum Part {
        BROADCAST, LATENCY, RECORDS;

        /** As it is given on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--only", paramLabel = "PART", split = ",", description = "${COMPLETION-CANDIDATES}. Default: all.")
    private Set<Part> parts = Set.of(Part.values());

    @Option(names = "--nats-server", paramLabel = "FILE", description = "The program. Default: nats-server in PATH.")
    private Path binary;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "3", description = "Of a broadcast. Default: ${DEFAULT-VALUE}.")
    private int nodes;

    @Option(names = "--connections", paramLabel = "N", defaultValue = "2000", description = "Of each node. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--broadcasts", paramLabel = "N", defaultValue = "200", description = "In a round. Default: ${DEFAULT-VALUE}.")
    private int broadcasts;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5",
            description = "One node and all nodes in turn; medians are told. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--size", paramLabel = "BYTES", defaultValue = "100",
            description = "Of a broadcast, and of a record. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "200",
            description = "Broadcasts a second when their latency is measured. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "200", description = "Logs that records go to. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--records", paramLabel = "N", defaultValue = "1000",
            description = "A second, of all logs. Default: ${DEFAULT-VALUE}.")
    private int records;

    @Option(names = "--duration", paramLabel = "SECONDS", defaultValue = "10",
            description = "Of the measurement of latency, and of each of records. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes all figures as JSON.")
    private Path json;

    private final Map<String, Object> result = new LinkedHashMap<>();
    private long failed;

    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        Path program = binary == null ? NatsServers.find() : binary;
        PrintWriter out = spec.commandLine().getOut();
        if (parts.contains(Part.BROADCAST)) {
            out.printf("A broadcast of %d bytes to %d nodes with %d connections each, beside one node with all of them%n", size, nodes,
                    connections);
            out.println(broadcast(program));
        }
        if (parts.contains(Part.LATENCY)) {
            out.printf("From the call of broadcast to a client's callback, %d broadcasts of %d bytes a second%n", rate, size);
            out.println(latency(program));
        }
        if (parts.contains(Part.RECORDS)) {
            out.printf("Records of %d bytes to the logs of %d runs, %d a second%n", size, runs, records);
            out.println(records(program));
        }
        out.flush();
        if (json != null) {
            Files.writeString(json, Json.of(result));
        }
        return failed == 0 ? 0 : 1;
    }

    private void check() {
        checkRange("--nodes", nodes, 2, 16);
        checkRange("--connections", connections, 1, 8000);
        checkRange("--broadcasts", broadcasts, 1, 1_000_000);
        checkRange("--rounds", rounds, 1, 100);
        checkRange("--size", size, 16, 65_536);
        checkRange("--rate", rate, 1, 10_000);
        checkRange("--runs", runs, 1, 10_000);
        checkRange("--records", records, 1, 100_000);
        checkRange("--duration", seconds, 1, 3600);
    }

    private void checkRange(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(spec.commandLine(), option + " must be " + least + " to " + most + ", not " + value);
        }
    }

    // ------------------------------------------------------------------ broadcasts

    private Table broadcast(Path program) throws IOException {
        Table table = new Table();
        table.row("round", "loops, one node", "loops, all", "ratio", "bus", "ratio with bus", "until all have it, one node", "all",
                "ratio");
        List<double[]> all = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            try (NatsServers nats = NatsServers.start(program, 1)) {
                BroadcastCost cost = new BroadcastCost(nats.urls(), nodes, connections, broadcasts, size);
                all.add(figures(cost.alone(), cost.together()));
            }
            row(table, "" + round, all.get(round - 1));
        }
        double[] medians = new double[all.get(0).length];
        for (int i = 0; i < medians.length; i++) {
            int column = i;
            medians[i] = all.stream().mapToDouble(figures -> figures[column]).sorted().toArray()[rounds / 2];
        }
        row(table, "median", medians);
        result.put("broadcast", Map.of("loopsRatio", medians[2], "withBusRatio", medians[4], "timeRatio", medians[7], "busNs", medians[3],
                "loopsAloneNs", medians[0]));
        return table;
    }

    private static double[] figures(BroadcastCost.Cost alone, BroadcastCost.Cost together) {
        return new double[] {alone.loops(), together.loops(), together.loops() / alone.loops(), together.bus(),
            (together.loops() + together.bus()) / alone.loops(), alone.time(), together.time(), together.time() / alone.time()};
    }

    private static void row(Table table, String name, double[] figures) {
        table.row(name, micros(figures[0]), micros(figures[1]), ratio(figures[2]), micros(figures[3]), ratio(figures[4]),
                micros(figures[5]), micros(figures[6]), ratio(figures[7]));
    }

    private Table latency(Path program) throws IOException {
        try (NatsServers nats = NatsServers.start(program, 1)) {
            BroadcastLatency latency = new BroadcastLatency(nats.urls(), rate, rate * seconds, size);
            latency.run();
            Table table = new Table();
            table.row("connection of", "p50", "p90", "p99", "max");
            percentiles(table, "the same node", latency.here());
            percentiles(table, "another node", latency.there());
            result.put("latency", Map.of("hereNs", percentiles(latency.here()), "thereNs", percentiles(latency.there())));
            return table;
        }
    }

    private static void percentiles(Table table, String name, Histogram latency) {
        table.row(name, micros(latency.getValueAtPercentile(50)), micros(latency.getValueAtPercentile(90)),
                micros(latency.getValueAtPercentile(99)), micros(latency.getMaxValue()));
    }

    private static Map<String, Object> percentiles(Histogram latency) {
        return Map.of("p50", latency.getValueAtPercentile(50), "p90", latency.getValueAtPercentile(90), "p99",
                latency.getValueAtPercentile(99), "max", latency.getMaxValue());
    }

    // ------------------------------------------------------------------ runs

    private Table records(Path program) throws IOException, InterruptedException {
        Table table = new Table();
        table.row("copies", "records/s", "missed", "failed", "acknowledged p50", "p99", "max", "processor: node", "NATS, all",
                "bytes on disk");
        for (int replicas : new int[] {1, 3}) {
            try (NatsServers nats = NatsServers.start(program, replicas)) {
                Duration duration = Duration.ofSeconds(seconds);
                RecordCost.Result seen = new RecordCost(nats, replicas, runs, records, size).run(duration.dividedBy(2), duration);
                failed += seen.failed();
                table.row("" + replicas, String.format(Locale.ROOT, "%.0f", seen.records()), "" + seen.missed(), "" + seen.failed(),
                        micros(seen.latency().getValueAtPercentile(50)), micros(seen.latency().getValueAtPercentile(99)),
                        micros(seen.latency().getMaxValue()), micros(seen.nodeNs()), micros(seen.natsNs()),
                        String.format(Locale.ROOT, "%.0f", seen.bytes()));
                result.put("records" + replicas, Map.of("perSecond", seen.records(), "missed", seen.missed(), "failed", seen.failed(),
                        "acknowledgedNs", percentiles(seen.latency()), "nodeNs", seen.nodeNs(), "natsNs", seen.natsNs(), "bytes",
                        seen.bytes()));
            }
        }
        return table;
    }

    private static String micros(double nanos) {
        return String.format(Locale.ROOT, "%.0f us", nanos / NANOS_PER_MICRO);
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
