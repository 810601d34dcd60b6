package io.neurolink.perf.compare;

import io.neurolink.perf.report.Table;
import java.util.ArrayList;
import java.util.List;

/** The tables that are printed. */
final class ConsoleReport {
    private final Results results;
    private final Plan plan;
    private final List<String> bases;

    ConsoleReport(Results results, Plan plan, List<String> bases) {
        this.results = results;
        this.plan = plan;
        this.bases = bases;
    }

    /** A table for each workload: absolute medians, and medians of the ratios within a round. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Workload workload : plan.workloads()) {
            text.append('\n').append(workload.name()).append(": ").append(workload.title()).append('\n');
            text.append(workload.isMemory() ? memory(workload) : speed(workload));
        }
        return text.toString();
    }

    private Table speed(Workload workload) {
        Table table = new Table();
        List<String> head = new ArrayList<>(List.of("server", workload.unit() + "/s"));
        bases.forEach(base -> head.add("x " + base));
        head.add("CPU/" + workload.unit().replaceAll("ies$", "y").replaceAll("s$", ""));
        bases.forEach(base -> head.add("x " + base));
        head.addAll(List.of("p50", "p99", "p99.9", "busy", "client idle", "others"));
        table.row(head.toArray(String[]::new));
        for (Contestant server : plan.serversOf(workload.kind())) {
            table.row(speed(workload, server.name()).toArray(String[]::new));
        }
        return table;
    }

    private List<String> speed(Workload workload, String server) {
        List<String> row = new ArrayList<>(List.of(server));
        if (!results.has(workload.name(), server)) {
            row.add("FAILED: " + results.complaint(workload.name(), server).orElse("not measured"));
            return row;
        }
        row.add(Numbers.plain(median(workload, server, Metric.PER_SECOND)));
        bases.forEach(base -> row.add(Numbers.ratio(results.ratio(workload.name(), server, base, Metric.PER_SECOND))));
        row.add(Numbers.time(median(workload, server, Metric.CPU_NS)));
        bases.forEach(base -> row.add(Numbers.ratio(results.ratio(workload.name(), server, base, Metric.CPU_NS).median())));
        for (Metric metric : List.of(Metric.P50_NS, Metric.P99_NS, Metric.P999_NS)) {
            row.add(Numbers.time(median(workload, server, metric)));
        }
        for (Metric metric : List.of(Metric.SERVER_BUSY, Metric.CLIENT_IDLE, Metric.OTHERS_BUSY)) {
            row.add(Numbers.percent(median(workload, server, metric)));
        }
        results.complaint(workload.name(), server).ifPresent(complaint -> row.add("once FAILED: " + complaint));
        return row;
    }

    private Table memory(Workload workload) {
        Table table = new Table();
        List<String> head = new ArrayList<>(List.of("server", "resident/connection", "after one echo"));
        bases.forEach(base -> head.add("x " + base));
        head.addAll(List.of("live heap/connection", "after one echo"));
        table.row(head.toArray(String[]::new));
        for (Contestant server : plan.serversOf(workload.kind())) {
            table.row(memory(workload, server.name()).toArray(String[]::new));
        }
        return table;
    }

    private List<String> memory(Workload workload, String server) {
        List<String> row = new ArrayList<>(List.of(server));
        if (!results.has(workload.name(), server)) {
            row.add("FAILED: " + results.complaint(workload.name(), server).orElse("not measured"));
            return row;
        }
        row.add(Numbers.bytes(median(workload, server, Metric.RSS_OPEN)));
        row.add(Numbers.bytes(median(workload, server, Metric.RSS_TOUCHED)));
        bases.forEach(base -> row.add(Numbers.ratio(results.ratio(workload.name(), server, base, Metric.RSS_TOUCHED))));
        row.add(Numbers.bytes(median(workload, server, Metric.HEAP_OPEN)));
        row.add(Numbers.bytes(median(workload, server, Metric.HEAP_TOUCHED)));
        return row;
    }

    private double median(Workload workload, String server, Metric metric) {
        return results.spread(workload.name(), server, metric).median();
    }
}
