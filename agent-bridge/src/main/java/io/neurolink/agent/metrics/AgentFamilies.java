package io.neurolink.agent.metrics;

import io.neurolink.agent.metrics.AgentMetrics.ModelUse;
import io.neurolink.engine.metrics.HistogramSnapshot;
import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The names of an agent's metrics: those of OpenTelemetry's semantic conventions for generative AI where these have one, with its
 * attributes as tags, and {@code neurolink.agent.…} for the others.
 */
final class AgentFamilies {
    private static final String SECONDS = "seconds";
    private static final String AGENT = "agent";
    private static final String OUTCOME = "outcome";
    private static final String CODE = "code";
    private static final String OPERATION = "gen_ai.operation.name";
    private static final String PROVIDER = "gen_ai.provider.name";
    private static final String MODEL = "gen_ai.request.model";
    private static final String TOKEN_TYPE = "gen_ai.token.type";
    private static final String ERROR_TYPE = "error.type";

    private final List<MetricFamily> all = new ArrayList<>();
    private final AgentMetrics metrics;

    private AgentFamilies(AgentMetrics metrics) {
        this.metrics = metrics;
    }

    static List<MetricFamily> of(AgentMetrics metrics) {
        AgentFamilies families = new AgentFamilies(metrics);
        families.addConventions();
        families.addRuns();
        families.addTools();
        families.addViewers();
        return List.copyOf(families.all);
    }

    private void addConventions() {
        addModels("gen_ai.client.operation.duration", SECONDS,
                "Time that the agent took for a run, from when it was asked to its last event.", byError(ModelUse::operationTime));
        addModels("gen_ai.server.request.duration", SECONDS,
                "Time of a run from the request to its last event, waiting for older runs of its session included.",
                byError(ModelUse::requestTime));
        addModels("gen_ai.server.time_to_first_token", SECONDS, "Time from a request to the first text of its run.",
                use -> List.of(new Tagged(null, null, use.firstTokenTime())));
        addModels("gen_ai.server.time_per_output_token", SECONDS, "Time for each token after the first, of runs that were completed.",
                use -> List.of(new Tagged(null, null, use.perTokenTime())));
        addModels("gen_ai.client.token.usage", "", "Tokens of a run; an estimate where the model does not say.",
                use -> List.of(new Tagged(TOKEN_TYPE, "input", use.inputTokens()), new Tagged(TOKEN_TYPE, "output", use.outputTokens())));
    }

    /** A histogram and one tag beside those that all have, or null. */
    private record Tagged(String tag, String value, HistogramSnapshot histogram) {
    }

    private static Function<ModelUse, List<Tagged>> byError(Function<ModelUse, Map<String, HistogramSnapshot>> histograms) {
        return use -> histograms.apply(use).entrySet().stream().map(entry -> new Tagged(ERROR_TYPE, entry.getKey(), entry.getValue()))
                .toList();
    }

    private void addModels(String name, String unit, String description, Function<ModelUse, List<Tagged>> histograms) {
        List<Sample> samples = new ArrayList<>();
        metrics.models().forEach((model, use) -> histograms.apply(use).forEach(tagged -> {
            Map<String, String> tags = tags(OPERATION, "invoke_agent", PROVIDER, metrics.agent(), MODEL, model);
            if (tagged.tag() != null) {
                tags.put(tagged.tag(), tagged.value());
            }
            samples.add(new Sample(tags, tagged.histogram().count(), tagged.histogram()));
        }));
        all.add(new MetricFamily(name, Kind.HISTOGRAM, unit, description, samples));
    }

    private void addRuns() {
        AgentMetrics.Present now = metrics.now();
        add("neurolink.agent.runs.active", Kind.GAUGE, "", "Runs that have not ended.", now.active());
        add("neurolink.agent.runs.kept", Kind.GAUGE, "", "Runs that have ended and can be resumed.", now.kept());
        add("neurolink.agent.runs.started", Kind.COUNTER, "", "Runs started.", metrics.started());
        List<Sample> ends = new ArrayList<>();
        metrics.runs().forEach((kind, runs) -> {
            ends.add(value(runs.completed(), AGENT, metrics.agent(), "kind", kind, OUTCOME, "completed"));
            ends.add(value(runs.cancelled(), AGENT, metrics.agent(), "kind", kind, OUTCOME, "cancelled"));
            ends.add(value(runs.failed(), AGENT, metrics.agent(), "kind", kind, OUTCOME, "failed"));
        });
        all.add(new MetricFamily("neurolink.agent.runs.ended", Kind.COUNTER, "", "Runs that have ended, by how.", ends));
        addEach("neurolink.agent.run.errors", "Runs that failed, by error code.", CODE, metrics.errors());
        addEach("neurolink.agent.runs.refused", "Requests for runs that became none, by error code.", CODE, metrics.refused());
        addHistograms("neurolink.agent.cancel.duration", "Time from the request to stop a run to its end, by whether the agent closed what "
                + "it held open.", "upstream_closed", metrics.cancels());
        add("neurolink.agent.runs.pauses", Kind.COUNTER, "", "Times an agent had to wait because the log of its run was full.",
                metrics.pauses());
        add("neurolink.agent.runs.forgotten", Kind.COUNTER, "", "Runs that have ended and are not kept any more.", metrics.forgotten());
        add("neurolink.agent.log", Kind.GAUGE, "bytes", "Memory of the events of all runs.", now.logBytes());
        add("neurolink.agent.log.limit", Kind.GAUGE, "bytes", "What that may be.", now.logLimitBytes());
    }

    private void addTools() {
        List<Sample> ends = new ArrayList<>();
        Map<String, HistogramSnapshot> times = new LinkedHashMap<>();
        metrics.tools().forEach((tool, use) -> {
            use.ends().forEach((end, count) -> ends.add(value(count, AGENT, metrics.agent(), "tool", tool, OUTCOME, end)));
            times.put(tool, use.time());
        });
        all.add(new MetricFamily("neurolink.agent.tool.calls", Kind.COUNTER, "", "Tool calls that have ended, by how.", ends));
        addHistograms("neurolink.agent.tool.duration", "Time that tools ran, without the wait for approval.", "tool", times);
    }

    private void addViewers() {
        add("neurolink.agent.viewers", Kind.GAUGE, "", "Connections that look at runs, each counted once for each run.",
                metrics.now().viewers());
        addEach("neurolink.agent.resumes", "Answers to clients that wanted to go on with a run.", OUTCOME, metrics.resumes());
        add("neurolink.agent.viewers.detached", Kind.COUNTER, "", "Viewers that fell too far behind.", metrics.detached());
    }

    private static Map<String, String> tags(String... namesAndValues) {
        Map<String, String> tags = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            tags.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return tags;
    }

    private static Sample value(double value, String... namesAndValues) {
        return new Sample(tags(namesAndValues), value, null);
    }

    private void add(String name, Kind kind, String unit, String description, double value) {
        all.add(new MetricFamily(name, kind, unit, description, List.of(value(value, AGENT, metrics.agent()))));
    }

    private void addEach(String name, String description, String tag, Map<String, Long> values) {
        all.add(new MetricFamily(name, Kind.COUNTER, "", description, values.entrySet().stream()
                .map(entry -> value(entry.getValue(), AGENT, metrics.agent(), tag, entry.getKey())).toList()));
    }

    private void addHistograms(String name, String description, String tag, Map<String, HistogramSnapshot> histograms) {
        all.add(new MetricFamily(name, Kind.HISTOGRAM, SECONDS, description, histograms.entrySet().stream()
                .map(entry -> new Sample(tags(AGENT, metrics.agent(), tag, entry.getKey()), entry.getValue().count(), entry.getValue()))
                .toList()));
    }
}
