package io.neurolink.perf.compare;

import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/** What the page has about one workload: plots, and the ratios with their spread. */
final class WorkloadSection {
    private final Markup page;
    private final Results results;
    private final Plan plan;
    private final List<String> bases;
    private final Function<Contestant, String> style;

    WorkloadSection(Markup page, Results results, Plan plan, List<String> bases, Function<Contestant, String> style) {
        this.page = page;
        this.results = results;
        this.plan = plan;
        this.bases = bases;
        this.style = style;
    }

    void add(Workload workload) {
        page.add("<section id=\"%s\">\n<h2>", workload.name()).text(capitalised(workload.title())).add("<code>").text(workload.name())
                .add("</code></h2>\n<div class=\"charts\">\n");
        if (workload.isMemory()) {
            addBars(workload, "Resident memory for a connection", "bytes, after one echo on each", Metric.RSS_TOUCHED, Numbers::bytes);
            addBars(workload, "Live Java heap for a connection", "bytes, after one echo on each", Metric.HEAP_TOUCHED, Numbers::bytes);
        } else {
            String unit = capitalised(workload.unit());
            String small = workload.isOpenLoop() ? "the client sets the pace" : "more is better";
            addBars(workload, unit + " per second", small, Metric.PER_SECOND, Numbers::brief);
            addBars(workload, "Processor time for each", "less is better", Metric.CPU_NS, Numbers::time);
            addLatencies(workload);
        }
        page.add("</div>\n");
        addLegend(workload);
        addTable(workload);
        page.add("</section>\n");
    }

    private static String capitalised(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    private void addBars(Workload workload, String title, String small, Metric metric, DoubleFunction<String> format) {
        BarChart chart = new BarChart(title + ", " + workload.title(), format);
        for (Contestant server : plan.serversOf(workload.kind())) {
            Spread spread = results.spread(workload.name(), server.name(), metric);
            String remark = !results.has(workload.name(), server.name()) ? "failed, see below" : spread.isEmpty() ? "none"
                    : metric == Metric.CPU_NS && server.isSpinning() ? " spins" : "";
            chart.bar(server.name(), style.apply(server), spread, remark);
        }
        if (!chart.isEmpty()) {
            page.add("<div><h3>").text(title).add(" <small>").text(small).add("</small></h3>").add(chart.svg()).add("</div>\n");
        }
    }

    private void addLatencies(Workload workload) {
        PercentileChart chart = new PercentileChart("Latency over percentiles, " + workload.title());
        for (Contestant server : plan.serversOf(workload.kind())) {
            chart.line(style.apply(server), results.latencies(workload.name(), server.name()));
        }
        if (!chart.isEmpty()) {
            page.add("<div><h3>Latency <small>over percentiles, all rounds</small></h3>").add(chart.svg()).add("</div>\n");
        }
    }

    private void addLegend(Workload workload) {
        if (workload.isMemory()) {
            return;
        }
        page.add("<ul class=\"legend\">");
        for (Contestant server : plan.serversOf(workload.kind())) {
            page.add("<li><i style=\"background:var(--%s)\"></i>", style.apply(server).split(" ")[0]).text(server.name()).add("</li>");
        }
        page.add("</ul>\n");
    }

    // ---------------------------------------------------------------- the table

    private void addTable(Workload workload) {
        Metric pace = workload.isMemory() ? Metric.RSS_TOUCHED : Metric.PER_SECOND;
        page.add("<div class=\"wide\"><table><tr>").element("th", "server")
                .element("th", workload.isMemory() ? "resident" : workload.unit() + "/s");
        bases.forEach(base -> page.element("th", "× " + base));
        if (workload.isMemory()) {
            page.element("th", "before the echo").element("th", "live heap");
        } else {
            page.element("th", "CPU for each");
            bases.forEach(base -> page.element("th", "CPU × " + base));
            page.element("th", "p50").element("th", "p99").element("th", "p99.9").element("th", "busy").element("th", "client idle");
        }
        page.add("</tr>\n");
        for (Contestant server : plan.serversOf(workload.kind())) {
            page.add(server.isOurs() ? "<tr class=\"ours\">" : "<tr>").element("td", server.name());
            if (results.has(workload.name(), server.name())) {
                addFigures(workload, server.name(), pace);
            } else {
                page.element("td class=\"failed\" colspan=\"" + (bases.size() * 2 + 7) + "\"",
                        results.complaint(workload.name(), server.name()).orElse("not measured"));
            }
            page.add("</tr>\n");
        }
        page.add("</table></div>\n");
        addComplaints(workload);
    }

    private void addFigures(Workload workload, String server, Metric pace) {
        double median = median(workload, server, pace);
        page.element("td", workload.isMemory() ? Numbers.bytes(median) : Numbers.plain(median));
        bases.forEach(base -> addRatio(workload, server, base, pace));
        if (workload.isMemory()) {
            page.element("td", Numbers.bytes(median(workload, server, Metric.RSS_OPEN)));
            page.element("td", Numbers.bytes(median(workload, server, Metric.HEAP_TOUCHED)));
            return;
        }
        page.element("td", Numbers.time(median(workload, server, Metric.CPU_NS)));
        bases.forEach(base -> addRatio(workload, server, base, Metric.CPU_NS));
        for (Metric metric : List.of(Metric.P50_NS, Metric.P99_NS, Metric.P999_NS)) {
            page.element("td", Numbers.time(median(workload, server, metric)));
        }
        page.element("td", Numbers.percent(median(workload, server, Metric.SERVER_BUSY)));
        page.element("td", Numbers.percent(median(workload, server, Metric.CLIENT_IDLE)));
    }

    private void addRatio(Workload workload, String server, String base, Metric metric) {
        Spread spread = results.ratio(workload.name(), server, base, metric);
        page.add("<td>").text(server.equals(base) ? "1" : Numbers.ratio(spread.median()));
        if (spread.count() > 1 && !server.equals(base)) {
            page.add(" <small>").text(Numbers.ratio(spread.min()) + "–" + Numbers.ratio(spread.max())).add("</small>");
        }
        page.add("</td>");
    }

    /** Servers that have figures of some rounds, but failed in another. */
    private void addComplaints(Workload workload) {
        for (Contestant server : plan.serversOf(workload.kind())) {
            if (results.has(workload.name(), server.name())) {
                results.complaint(workload.name(), server.name()).ifPresent(complaint -> page.element("p class=\"failed\"",
                        server.name() + " failed in a round that does not count here: " + complaint));
            }
        }
    }

    private double median(Workload workload, String server, Metric metric) {
        return results.spread(workload.name(), server, metric).median();
    }
}
