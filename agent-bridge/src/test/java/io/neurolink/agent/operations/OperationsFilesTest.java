package io.neurolink.agent.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.demo.DemoAgent;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import io.neurolink.engine.metrics.ProcessMetrics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds what docs/operations says of metrics to what the code measures. */
class OperationsFilesTest {
    private static final String RENEW = "mvn -q -pl agent-bridge -am test -Dtest=OperationsFilesTest -Dmetrics.renew=true";
    private static final Path FOLDER = Path.of("").toAbsolutePath().resolveSibling("docs/operations");
    private static final String BEGIN = "<!-- made by OperationsFilesTest -->\n";
    private static final String END = "<!-- end -->\n";
    private static final Pattern METRIC = Pattern.compile("\\b((?:neurolink|gen_ai|process|jvm)_[a-z0-9_]+)(?:\\{([^}]*)\\})?");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)\\s*\"");
    private static final Pattern BY = Pattern.compile("\\bby \\(([^)]*)\\)");
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance", "le");

    /** By the name that Prometheus knows. */
    private static final Map<String, MetricFamily> FAMILIES = new LinkedHashMap<>();

    /** A server that runs, since threads and paths are tags. */
    @BeforeAll
    static void measure() throws IOException {
        ManualTime time = new ManualTime();
        WebSocketConnectionManager manager = new WebSocketConnectionManager(WebSocketConfig.builder().path("/ws").build());
        AgentHandler handler = AgentHandler.builder(new DemoAgent(time)).scheduler(time).clocks(time, time).build();
        manager.registerHandler("/ws", handler);
        List<MetricFamily> families = new ArrayList<>();
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start()) {
            families.addAll(server.metrics().families());
        }
        families.addAll(handler.metrics().families());
        families.addAll(ProcessMetrics.families());
        families.add(new MetricFamily("neurolink.build.info", Kind.GAUGE, "", "Version of the server; always 1.",
                List.of(new Sample(Map.of("version", "1"), 1, null))));
        families.forEach(family -> assertEquals(null, FAMILIES.put(family.prometheusName(), family), family.prometheusName()));
    }

    private static Set<String> labels(MetricFamily family) {
        Set<String> labels = new TreeSet<>();
        family.samples().forEach(sample -> sample.tags().keySet().forEach(tag -> labels.add(tag.replace('.', '_'))));
        return labels;
    }

    private static MetricFamily familyOf(String series) {
        MetricFamily family = FAMILIES.get(series);
        return family != null ? family : FAMILIES.get(series.replaceFirst("_(bucket|sum|count)$", ""));
    }

    @Test
    void shouldDescribeEveryMetric() throws IOException {
        Path page = FOLDER.resolve("metrics.md");
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        assertTrue(begin >= BEGIN.length() && end >= begin, "the page has a place for the tables");
        String renewed = text.substring(0, begin) + tables() + text.substring(end);
        if (Boolean.getBoolean("metrics.renew")) {
            Files.writeString(page, renewed);
        }
        assertEquals(renewed, Files.readString(page), "metrics.md is older than the metrics; renew with: " + RENEW);
    }

    private static String tables() {
        Map<String, List<MetricFamily>> groups = new LinkedHashMap<>();
        for (String group : List.of("The server", "Agents, by the names of OpenTelemetry", "Agents", "The process")) {
            groups.put(group, new ArrayList<>());
        }
        FAMILIES.values().forEach(family -> groups.get(groupOf(family)).add(family));
        StringBuilder out = new StringBuilder();
        groups.forEach((group, families) -> {
            out.append("\n## ").append(group).append("\n\n| metric | kind | labels | |\n| --- | --- | --- | --- |\n");
            new TreeMap<>(byName(families)).forEach((name, family) -> out.append("| `").append(name).append("` | ")
                    .append(family.kind().name().toLowerCase(Locale.ROOT)).append(" | ")
                    .append(labels(family).isEmpty() ? "" : "`" + String.join("`, `", labels(family)) + "`").append(" | ")
                    .append(family.description()).append(" |\n"));
        });
        return out.append('\n').toString();
    }

    private static Map<String, MetricFamily> byName(List<MetricFamily> families) {
        Map<String, MetricFamily> byName = new LinkedHashMap<>();
        families.forEach(family -> byName.put(family.prometheusName(), family));
        return byName;
    }

    private static String groupOf(MetricFamily family) {
        return family.name().startsWith("gen_ai.") ? "Agents, by the names of OpenTelemetry"
                : family.name().startsWith("neurolink.agent.") ? "Agents"
                : family.name().startsWith("neurolink.") ? "The server" : "The process";
    }

    /** Every metric of a query is one of the code's, and has the labels that the query names. */
    private static void check(String query) {
        Set<String> known = new TreeSet<>(OF_PROMETHEUS);
        Matcher metrics = METRIC.matcher(query.replaceAll("by \\([^)]*\\)", ""));
        int count = 0;
        while (metrics.find()) {
            MetricFamily family = familyOf(metrics.group(1));
            assertTrue(family != null, () -> metrics.group(1) + " is measured by nobody: " + query);
            boolean isPart = !family.prometheusName().equals(metrics.group(1));
            assertEquals(family.kind() == Kind.HISTOGRAM, isPart, () -> metrics.group(1) + " is no series: " + query);
            Set<String> labels = labels(family);
            Matcher named = LABEL.matcher(metrics.group(2) == null ? "" : metrics.group(2));
            while (named.find()) {
                String label = named.group(1);
                assertTrue(labels.contains(label) || OF_PROMETHEUS.contains(label), () -> label + " is no label: " + query);
            }
            known.addAll(labels);
            count++;
        }
        Matcher by = BY.matcher(query);
        while (by.find()) {
            for (String label : by.group(1).split(",")) {
                assertTrue(known.contains(label.strip()), () -> label + " is no label: " + query);
            }
        }
        assertTrue(count > 0 || query.startsWith("up{") || query.startsWith("sum(up{"), () -> "no metric in " + query);
    }

    private static List<String> dashboardQueries() throws IOException {
        Map<?, ?> dashboard = (Map<?, ?>) new EnvelopeReader(1 << 24, 64, 1_000_000)
                .readValue(ByteBuffer.wrap(Files.readAllBytes(FOLDER.resolve("grafana-dashboard.json"))));
        List<String> queries = new ArrayList<>();
        for (Object panel : (List<?>) dashboard.get("panels")) {
            if (((Map<?, ?>) panel).get("targets") instanceof List<?> targets) {
                targets.forEach(target -> queries.add((String) ((Map<?, ?>) target).get("expr")));
            }
        }
        return queries;
    }

    @Test
    void shouldShowWhatIsMeasuredOnTheDashboard() throws IOException {
        List<String> queries = dashboardQueries();
        assertTrue(queries.size() > 50, queries::toString);
        queries.forEach(OperationsFilesTest::check);
    }

    /** A metric that nobody looks at is one too many, or a panel is missing. */
    @Test
    void shouldUseEveryMetricSomewhere() throws IOException {
        String all = String.join("\n", dashboardQueries()) + Files.readString(FOLDER.resolve("alerts.yml"));
        Set<String> unused = new TreeSet<>();
        FAMILIES.keySet().forEach(name -> {
            if (!Pattern.compile("\\b" + name + "(_bucket|_sum|_count)?\\b").matcher(all).find()) {
                unused.add(name);
            }
        });
        assertEquals(Set.of("jvm_gc_collections_total", "jvm_memory_committed_bytes", "jvm_memory_max_bytes", "jvm_threads_current",
                "neurolink_build_info", "neurolink_compression_messages_total", "neurolink_errors_distinct",
                "neurolink_sockets_accepted_total",
                "neurolink_thread_longest_seconds", "neurolink_upgrades_accepted_total", "process_start_time_seconds"), unused);
    }

    @Test
    void shouldWarnOfWhatIsMeasured() throws IOException {
        List<String> lines = Files.readAllLines(FOLDER.resolve("alerts.yml"));
        int alerts = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("- alert: ")) {
                alerts++;
                String rule = rule(lines, i);
                assertTrue(rule.contains("severity: ") && rule.contains("summary: ") && rule.contains("description: "), rule);
            } else if (line.startsWith("expr: ")) {
                check(expression(lines, i));
            }
        }
        assertTrue(alerts > 20, "alerts: " + alerts);
    }

    private static String rule(List<String> lines, int start) {
        int end = start;
        while (end < lines.size() && !lines.get(end).isBlank()) {
            end++;
        }
        return String.join("\n", lines.subList(start, end));
    }

    private static String expression(List<String> lines, int start) {
        String first = lines.get(start).strip().substring("expr: ".length());
        if (!first.equals(">")) {
            return first;
        }
        int indent = lines.get(start).indexOf("expr:");
        StringBuilder folded = new StringBuilder();
        for (int i = start + 1; lines.get(i).length() > indent && lines.get(i).charAt(indent) == ' '; i++) {
            folded.append(lines.get(i).strip()).append(' ');
        }
        return folded.toString();
    }
}
