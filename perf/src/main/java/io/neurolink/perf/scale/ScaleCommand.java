package io.neurolink.perf.scale;

import io.neurolink.perf.report.Json;
import io.neurolink.perf.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Plans clusters that no single machine can hold. */
@Command(name = "scale", sortOptions = false, mixinStandardHelpOptions = true,
        description = "What clusters of given sizes would carry, from what things cost on one node: a model in closed form beside a"
                + " simulation of every node; then a rolling deploy, and the loss of nodes. Ends with 1 if model and simulation disagree.")
public final class ScaleCommand implements Callable<Integer> {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MIB = 1024 * 1024;
    private static final double PERCENT = 100;
    private static final double SECONDS_PER_MINUTE = 60;

    /** Beyond that a queue grows without end, and there is no delay to speak of. */
    private static final double MOST_BUSY = 0.95;

    @Spec
    private CommandSpec spec;

    @Option(names = "--nodes", paramLabel = "N", split = ",", defaultValue = "1,3,10,100,1000", description = "Default: ${DEFAULT-VALUE}.")
    private List<Integer> sizes;

    @Mixin
    private Load load;

    @Mixin
    private Costs costs;

    @Option(names = "--duration", paramLabel = "SECONDS", defaultValue = "20",
            description = "Of the simulation, in its own time. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(names = "--drain-window", paramLabel = "SECONDS", defaultValue = "30",
            description = "Over which a node that is drained closes its connections. Default: ${DEFAULT-VALUE}.")
    private double window;

    @Option(names = "--at-once", paramLabel = "SHARE", defaultValue = "0.05",
            description = "Share of the nodes that a rolling deploy drains at once; at least one. Default: ${DEFAULT-VALUE}.")
    private double atOnce;

    @Option(names = "--lost", paramLabel = "SHARE", defaultValue = "0.1",
            description = "Share of the nodes that are lost at once; at least one. Default: ${DEFAULT-VALUE}.")
    private double lost;

    @Option(names = "--pause", paramLabel = "SECONDS", defaultValue = "1",
            description = "First pause of a client that reconnects, at most. Default: ${DEFAULT-VALUE}.")
    private double pause;

    @Option(names = "--patience", paramLabel = "SECONDS", defaultValue = "10",
            description = "How long a client waits for its handshake. Default: ${DEFAULT-VALUE}.")
    private double patience;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of all that is drawn. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--tolerance", paramLabel = "SHARE", defaultValue = "0.05",
            description = "By how much model and simulation may differ. Default: ${DEFAULT-VALUE}.")
    private double tolerance;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes all figures as JSON.")
    private Path json;

    private final List<Map<String, Object>> results = new ArrayList<>();
    private final List<String> disagreements = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        check();
        PrintWriter out = spec.commandLine().getOut();
        sizes.forEach(nodes -> results.add(new LinkedHashMap<>(Map.of("nodes", nodes))));
        out.println("Steady load; model / simulation");
        out.println(steady());
        out.println("Rolling deploy");
        out.println(deploys());
        out.printf(Locale.ROOT, "%.0f %% of the nodes lost at once%n", lost * PERCENT);
        out.println(losses());
        disagreements.forEach(out::println);
        out.flush();
        if (json != null) {
            Files.writeString(json, Json.of(results));
        }
        return disagreements.isEmpty() ? 0 : 1;
    }

    private void check() {
        String bad = load.bad() == null ? costs.bad() : load.bad();
        if (sizes.stream().anyMatch(nodes -> nodes < 1 || nodes > 10_000)) {
            bad = "--nodes must be between 1 and 10000";
        } else if (seconds <= 0 || window <= 0 || pause <= 0 || patience <= 0 || tolerance <= 0) {
            bad = "--duration, --drain-window, --pause, --patience and --tolerance must be positive";
        } else if (lost <= 0 || lost >= 1 || atOnce <= 0 || atOnce >= 1) {
            bad = "--lost and --at-once must be between 0 and 1";
        }
        if (bad != null) {
            throw new ParameterException(spec.commandLine(), bad);
        }
    }

    // ------------------------------------------------------------------ steady load

    private Table steady() {
        Table table = new Table();
        table.row("nodes", "connections", "busy", "busiest node", "of it runs", "fan-out", "bus", "bus in/s", "bus out/s", "delay p50",
                "p99", "MiB a node");
        for (int i = 0; i < sizes.size(); i++) {
            steady(table, sizes.get(i), results.get(i));
        }
        return table;
    }

    private void steady(Table table, int nodes, Map<String, Object> result) {
        ClusterModel.Expected expected = new ClusterModel(nodes, load, costs).expected();
        put(result, "busy", expected.busy(), "busIn", expected.busIn(), "busOut", expected.busOut(), "bytes", expected.bytes());
        if (expected.busy() > MOST_BUSY) {
            table.row("" + nodes, "" + (long) nodes * load.connections(), percent(expected.busy()), "too much for it");
            return;
        }
        ClusterSimulation.Seen seen = new ClusterSimulation(nodes, load, costs, seed).run(seconds);
        compare(nodes, "busy", expected.busy(), seen.busy());
        compare(nodes, "bus in/s", expected.busIn(), seen.busIn());
        compare(nodes, "bus out/s", expected.busOut(), seen.busOut());
        Histogram delay = seen.delay();
        put(result, "busySimulated", seen.busy(), "busiest", seen.busiest(), "busInSimulated", seen.busIn(), "busOutSimulated",
                seen.busOut());
        put(result, "delayP50Ms", delay.getValueAtPercentile(50) / NANOS_PER_MILLI, "delayP99Ms",
                delay.getValueAtPercentile(99) / NANOS_PER_MILLI);
        table.row("" + nodes, "" + (long) nodes * load.connections(), percent(expected.busy()) + " / " + percent(seen.busy()),
                percent(seen.busiest()), percent(expected.runs()), percent(expected.fanOut()), percent(expected.bus()),
                count(expected.busIn()) + " / " + count(seen.busIn()), count(expected.busOut()) + " / " + count(seen.busOut()),
                millis(delay, 50), millis(delay, 99), String.format(Locale.ROOT, "%.0f", expected.bytes() / MIB));
    }

    // ------------------------------------------------------------------ deploys and losses

    private Table deploys() {
        Table table = new Table();
        table.row("nodes", "at once", "balancer", "moves per client", "most on a node", "afterwards", "handshakes/s at most",
                "busy by them", "takes");
        for (int i = 0; i < sizes.size(); i++) {
            for (Balancing balancing : Balancing.values()) {
                if (sizes.get(i) > 1) {
                    deploy(table, sizes.get(i), balancing, results.get(i));
                }
            }
        }
        return table;
    }

    private void deploy(Table table, int nodes, Balancing balancing, Map<String, Object> result) {
        int drained = part(nodes, atOnce);
        RollingDeploy.Result seen = new RollingDeploy(nodes, drained, load.connections(), window, balancing, seed).run();
        double moves = RollingDeploy.expectedMoves(nodes, drained, balancing);
        double most = RollingDeploy.expectedMostHeld(nodes, drained, balancing);
        compare(nodes, "moves per client", moves, seen.movesPerClient());
        String name = balancing.name().toLowerCase(Locale.ROOT);
        put(result, name + "Moves", seen.movesPerClient(), name + "MostHeld", seen.mostHeld(), name + "PeakHandshakes",
                (double) seen.peakHandshakes());
        table.row("" + nodes, "" + drained, name, ratio(moves) + " / " + ratio(seen.movesPerClient()),
                ratio(most) + " / " + ratio(seen.mostHeld()) + " x", ratio(seen.mostHeldAfter()) + " x", "" + seen.peakHandshakes(),
                percent(seen.peakHandshakes() * costs.handshake() / load.loops()),
                String.format(Locale.ROOT, "%.1f min", RollingDeploy.rounds(nodes, drained) * window / SECONDS_PER_MINUTE));
    }

    private Table losses() {
        Table table = new Table();
        table.row("nodes", "lost", "requests/s a node", "at most", "back p50", "p99", "all", "gave up");
        for (int i = 0; i < sizes.size(); i++) {
            if (sizes.get(i) > 1) {
                lose(table, sizes.get(i), results.get(i));
            }
        }
        return table;
    }

    private void lose(Table table, int nodes, Map<String, Object> result) {
        int gone = part(nodes, lost);
        double idle = Math.max(1 - MOST_BUSY, 1 - new ClusterModel(nodes, load, costs).expected().busy());
        double service = costs.handshake() / load.loops() / idle;
        NodeLoss.Result seen = new NodeLoss(nodes, gone, load.connections(), service, pause, patience, seed).run();
        double rate = NodeLoss.expectedRate(nodes, gone, load.connections(), pause);
        put(result, "lost", (double) gone, "requestsPerNode", rate, "backP99Ms", seen.back().getValueAtPercentile(99) / NANOS_PER_MILLI,
                "gaveUp", (double) seen.retries());
        table.row("" + nodes, "" + gone, count(rate), "" + seen.peakHandshakes(), millis(seen.back(), 50), millis(seen.back(), 99),
                millis(seen.back(), 100), "" + seen.retries());
    }

    // ------------------------------------------------------------------ figures

    /** At least one node, and not all. */
    private static int part(int nodes, double share) {
        return Math.min(nodes - 1, Math.max(1, (int) Math.round(share * nodes)));
    }

    private void compare(int nodes, String what, double expected, double seen) {
        if (Math.abs(expected - seen) > tolerance * Math.max(Math.abs(expected), 1e-9)) {
            disagreements.add(String.format(Locale.ROOT, "%d nodes, %s: the model says %.4g, the simulation %.4g", nodes, what, expected,
                    seen));
        }
    }

    private static void put(Map<String, Object> result, Object... namesAndValues) {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            result.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share * PERCENT);
    }

    private static String count(double number) {
        return String.format(Locale.ROOT, "%.0f", number);
    }

    private static String ratio(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }

    private static String millis(Histogram histogram, double percentile) {
        return String.format(Locale.ROOT, "%.1f ms", histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI);
    }
}
