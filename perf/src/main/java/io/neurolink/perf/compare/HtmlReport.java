package io.neurolink.perf.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page: everything in one file, without a script, in light and dark. */
final class HtmlReport {
    private static final String STYLE = "/io/neurolink/perf/compare/report.css";
    private static final int STYLES = 12;
    private static final String TITLE = "NeuroLink WebSocket for Java, compared";
    private static final String GLANCE = "How many times the messages per second of another server; where the client sets the pace, "
            + "how many times its p99 latency; for idle connections, how many times its memory. Every number is the median of the "
            + "ratios within a round; the whiskers go from the least to the most.";
    private static final String TURNS = "All servers run at once but take turns, a workload at a time, in the opposite order every "
            + "other round; a server that is not having its turn is stopped by a signal and costs nothing. Two figures of one round "
            + "are therefore seconds apart, and ratios are taken within a round. The machine's speed wanders by more than most "
            + "servers differ, so absolute figures are only medians of what there was.";
    private static final String FAIRNESS = "Every server has one event-loop thread where its library allows that, the same JVM, heap "
            + "and collector, and no compression but where that is the point. The load client checks every byte that comes back. It "
            + "is warm, as are the servers. Latency in an open loop counts from when a message should have been sent, so a server "
            + "that stalls cannot hide it. Processor time is the operating system's, of all threads of a server, and means little for "
            + "a server that spins unless it is saturated.";
    private static final String AMOUNTS = "%d rounds over %d starts of every server; %.1f s of warm-up after a start, then %.1f s "
            + "before and %.1f s within a cell. A cell during which other processes used more than %.0f %% of a core was measured "
            + "again, up to %d times, and the cleanest counts. Whiskers and ranges go from the least to the most of the rounds.";
    private static final String FLOORS = "The floors are no WebSocket servers. They turn frames around and know next to none of the "
            + "rules; what a server needs beyond them is its own work.";
    /** Differences below this share are within what such a machine does by itself. */
    private static final double NOTHING = 0.05;

    private final Results results;
    private final Plan plan;
    private final List<String> bases;
    private final Map<String, String> environment;
    private final List<String> remarks;
    private final Markup page = new Markup();

    /**
     * @param bases       ratios are taken to these.
     * @param environment names and what there is under them.
     * @param remarks     lines about what was left out.
     */
    HtmlReport(Results results, Plan plan, List<String> bases, Map<String, String> environment, List<String> remarks) {
        this.results = results;
        this.plan = plan;
        this.bases = bases;
        this.environment = environment;
        this.remarks = remarks;
    }

    /** @return the whole page */
    String page() {
        page.add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>").element("title", TITLE)
                .add("<style>").add(style()).add("</style></head>\n<body>\n");
        addHead();
        page.add("<main>\n");
        addOverview();
        plan.workloads().forEach(workload -> new WorkloadSection(page, results, plan, bases, this::style).add(workload));
        addServers();
        addMethod();
        addEnvironment();
        return page.add("</main>\n<footer class=\"quiet\">Figures of one machine and one run. Compare ratios, not times, with those of "
                + "another.</footer>\n</body></html>\n").toString();
    }

    private static String style() {
        try (InputStream in = HtmlReport.class.getResourceAsStream(STYLE)) {
            return "\n" + new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the style is not in the jar", e);
        }
    }

    /** The class that gives a server its colour: the same one in all runs with the usual servers. */
    private String style(Contestant server) {
        int usual = Contestants.NAMES.indexOf(server.name());
        int place = usual >= 0 ? usual : Contestants.NAMES.size() + plan.servers().indexOf(server);
        return "s" + place % STYLES + (server.isFloor() ? " floor" : "");
    }

    private void addHead() {
        page.add("<header>\n").element("h1", TITLE).add("<p class=\"quiet\">")
                .text(environment.getOrDefault("date", "") + " · " + environment.getOrDefault("processor", "") + " · "
                        + plan.servers().size() + " servers, " + plan.workloads().size() + " workloads, " + plan.rounds() + " rounds")
                .add("</p>\n</header>\n");
    }

    // ---------------------------------------------------------------- at a glance

    private void addOverview() {
        page.add("<section>\n").element("h2", "At a glance");
        page.element("p", GLANCE);
        page.add("<div class=\"charts\">\n");
        bases.stream().filter(base -> !base.startsWith(Contestants.ENGINE)).forEach(this::addOverviewChart);
        page.add("</div>\n");
        for (String base : bases) {
            List<Contestant> others = plan.servers().stream().filter(server -> !server.name().equals(base)).toList();
            page.add("<div class=\"wide\"><table><tr>").element("th", "times " + base);
            others.forEach(server -> page.element(server.isOurs() ? "th class=\"ours\"" : "th", server.name()));
            page.add("</tr>\n");
            for (Workload workload : plan.workloads()) {
                if (results.has(workload.name(), base)) {
                    addOverviewRow(workload, base, others);
                }
            }
            page.add("</table></div>\n");
        }
        page.add("</section>\n");
    }

    /** The engine's ratios to one base, where more is better. */
    private void addOverviewChart(String base) {
        BarChart chart = new BarChart("The engine's messages per second as a multiple of " + base, ratio -> Numbers.ratio(ratio) + "×");
        for (Workload workload : plan.workloads()) {
            Spread ratio = results.ratio(workload.name(), Contestants.ENGINE, base, overviewMetric(workload));
            if (overviewMetric(workload) == Metric.PER_SECOND && !ratio.isEmpty()) {
                chart.bar(workload.name(), "s0", ratio, "");
            }
        }
        if (!chart.isEmpty()) {
            page.add("<div><h3>").text("engine, messages per second").add(" <small>").text("times " + base + ", which is the dashed line")
                    .add("</small></h3>").add(chart.mark(1).svg()).add("</div>\n");
        }
    }

    private void addOverviewRow(Workload workload, String base, List<Contestant> others) {
        page.add("<tr><td>").text(workload.name()).add(" <small>").text(overviewUnit(workload)).add("</small></td>");
        for (Contestant server : others) {
            Metric metric = overviewMetric(workload);
            Spread ratio = results.ratio(workload.name(), server.name(), base, metric);
            page.add("<td class=\"%s%s\">%s</td>", verdict(ratio.median(), metric == Metric.PER_SECOND), server.isOurs() ? " ours" : "",
                    Numbers.ratio(ratio.median()));
        }
        page.add("</tr>\n");
    }

    private static Metric overviewMetric(Workload workload) {
        return workload.isMemory() ? Metric.RSS_TOUCHED : workload.isOpenLoop() ? Metric.P99_NS : Metric.PER_SECOND;
    }

    private static String overviewUnit(Workload workload) {
        return workload.isMemory() ? "memory, less is better"
                : workload.isOpenLoop() ? "p99 latency, less is better" : workload.unit() + "/s";
    }

    private static String verdict(double ratio, boolean isMoreBetter) {
        double better = isMoreBetter ? ratio : 1 / ratio;
        return better > 1 + NOTHING ? "better" : better < 1 - NOTHING ? "worse" : "even";
    }

    // ---------------------------------------------------------------- how

    private void addServers() {
        page.add("<section>\n").element("h2", "Servers").add("<div class=\"wide\"><table class=\"facts\">\n");
        for (Contestant server : plan.servers()) {
            page.add("<tr>").element("td", server.name()).add("<td>").text(server.title())
                    .text(server.version().isEmpty() ? "" : ", " + server.version()).add("<br/><small><code>")
                    .text(shortened(server.command())).add("</code></small></td></tr>\n");
        }
        page.add("</table></div>\n");
        remarks.forEach(remark -> page.element("p class=\"quiet\"", remark));
        page.add("</section>\n");
    }

    /** Without the long paths that only mean something on the machine of the run. */
    private static String shortened(List<String> command) {
        List<String> words = new ArrayList<>();
        for (String word : command) {
            words.add(word.replaceAll("[^ :]*/(?=[^/ :]+(:|$))", ""));
        }
        return String.join(" ", words).replace(":*", ":peers/*");
    }

    private void addMethod() {
        page.add("<section>\n").element("h2", "How it was measured");
        page.element("p", TURNS).element("p", FAIRNESS).element("p", String.format(Locale.ROOT, AMOUNTS, plan.rounds(), plan.launches(),
                plan.firstWarmUpNs() / 1e9, plan.warmUpNs() / 1e9, plan.durationNs() / 1e9, 100 * Tries.CLEAN, plan.retries()))
                .element("p", FLOORS);
        page.add("</section>\n");
    }

    private void addEnvironment() {
        page.add("<section>\n").element("h2", "Environment").add("<table class=\"facts\">\n");
        environment.forEach((name, value) -> {
            if (!name.equals("command")) {
                page.add("<tr>").element("td", name).element("td", value).add("</tr>\n");
            }
        });
        page.add("</table>\n").element("pre", environment.getOrDefault("command", "")).add("</section>\n");
    }
}
