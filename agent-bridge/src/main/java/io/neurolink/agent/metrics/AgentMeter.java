package io.neurolink.agent.metrics;

import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.metrics.HistogramSnapshot;
import io.neurolink.engine.status.SharedHistogram;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Counts what the runs of one agent do: at their ends, and never for a token. Every name that is told outside is one of a fixed number, so
 * that nobody can make metrics grow by sending names. Any thread.
 */
public final class AgentMeter {
    static final String NONE = "none";
    static final String OTHER = "other";
    static final String OF_CLIENT = "client";

    /** Names of an agent's tools that are told apart. */
    private static final int MAX_TOOLS = 100;
    private static final int MAX_NAME_LENGTH = 100;
    private static final List<String> KINDS = List.of("stream", "generate", "tool_call");
    private static final List<String> RESUMES = List.of("resumed", "unknown", "expired", "trimmed", "epoch", "forbidden");
    private static final List<String> CLOSED = List.of("true", "false", "unknown");

    private final String agent;
    private final String defaultModel;
    private final int maxModels;
    private final Map<String, Map<RunEnd.Outcome, LongAdder>> runs = fixed(KINDS, kind -> adders(RunEnd.Outcome.values()));
    private final Map<String, LongAdder> errors = fixed(codes(), code -> new LongAdder());
    private final Map<String, LongAdder> refused = fixed(codes(), code -> new LongAdder());
    private final Map<String, LongAdder> resumes = fixed(RESUMES, outcome -> new LongAdder());
    private final Map<String, SharedHistogram> cancels = fixed(CLOSED, closed -> new SharedHistogram());
    private final Map<String, ToolMeter> tools;
    private final Map<String, ModelMeter> models = new ConcurrentHashMap<>();

    /**
     * Creates it.
     *
     * @param agent        name of the agent.
     * @param defaultModel model of requests that name none, or null if there is no such thing.
     * @param tools        names of its tools.
     * @param maxModels    names of models that are told apart.
     */
    public AgentMeter(String agent, String defaultModel, Set<String> tools, int maxModels) {
        this.agent = agent;
        this.defaultModel = defaultModel == null ? NONE : defaultModel;
        this.maxModels = maxModels;
        List<String> names = tools.stream().filter(name -> name.length() <= MAX_NAME_LENGTH).sorted().limit(MAX_TOOLS).toList();
        this.tools = fixed(names, name -> new ToolMeter());
        this.tools.put(OF_CLIENT, new ToolMeter());
        this.tools.put(OTHER, new ToolMeter());
        models.put(this.defaultModel, new ModelMeter());
    }

    private static List<String> codes() {
        List<String> codes = new java.util.ArrayList<>(Arrays.stream(ErrorCode.values()).map(Enum::name).toList());
        codes.add(OTHER);
        return codes;
    }

    private static <V> Map<String, V> fixed(List<String> names, Function<String, V> make) {
        Map<String, V> map = new LinkedHashMap<>();
        names.forEach(name -> map.put(name, make.apply(name)));
        return map;
    }

    private static <E extends Enum<E>> Map<E, LongAdder> adders(E[] values) {
        Map<E, LongAdder> map = new LinkedHashMap<>();
        Arrays.stream(values).forEach(value -> map.put(value, new LongAdder()));
        return map;
    }

    private static <V> V of(Map<String, V> map, String name) {
        V value = name == null ? null : map.get(name);
        return value == null ? map.get(OTHER) : value;
    }

    /**
     * A request for a run became none.
     *
     * @param code ?
     */
    public void refused(String code) {
        of(refused, code).increment();
    }

    /**
     * A run has ended.
     *
     * @param end ?
     */
    public void ended(RunEnd end) {
        runs.get(end.kind()).get(end.outcome()).increment();
        if (end.outcome() == RunEnd.Outcome.FAILED) {
            of(errors, end.code()).increment();
        }
        if (end.usage() != null) {
            modelOf(end).ended(end, errorType(end));
        }
    }

    /** A name that clients make up is told only when a run with it has succeeded. */
    private ModelMeter modelOf(RunEnd end) {
        String name = end.model() == null ? defaultModel : end.model();
        ModelMeter known = models.get(name);
        if (known != null) {
            return known;
        }
        boolean isWelcome = end.outcome() == RunEnd.Outcome.COMPLETED && name.length() <= MAX_NAME_LENGTH && models.size() < maxModels;
        return models.computeIfAbsent(isWelcome ? name : OTHER, newName -> new ModelMeter());
    }

    private String errorType(RunEnd end) {
        return switch (end.outcome()) {
            case COMPLETED -> NONE;
            case CANCELLED -> "cancelled";
            case FAILED -> end.code() != null && errors.containsKey(end.code()) ? end.code() : OTHER;
        };
    }

    /**
     * A run has been cancelled.
     *
     * @param isUpstreamClosed whether the agent closed what it held open; null if it did not say.
     * @param latencyNs        since the request to stop.
     */
    public void cancelled(Boolean isUpstreamClosed, long latencyNs) {
        cancels.get(isUpstreamClosed == null ? "unknown" : isUpstreamClosed.toString()).record(latencyNs);
    }

    /**
     * A client wanted to go on with a run.
     *
     * @param outcome {@code resumed}, or the reason why it cannot.
     */
    public void resumed(String outcome) {
        resumes.get(outcome).increment();
    }

    /**
     * A tool call has ended.
     *
     * @param tool       name of the tool.
     * @param isOfClient whether a client declared the tool, and so chose its name.
     * @param end        how it ended.
     * @param runningNs  for how long it ran; negative if it did not.
     */
    public void toolEnded(String tool, boolean isOfClient, ToolEnd end, long runningNs) {
        of(tools, isOfClient ? OF_CLIENT : tool).ended(end, runningNs);
    }

    /**
     * What of the metrics others count.
     *
     * @param now       ?
     * @param started   ?
     * @param pauses    ?
     * @param detached  ?
     * @param forgotten ?
     */
    public record Counted(AgentMetrics.Present now, long started, long pauses, long detached, long forgotten) {
    }

    /**
     * {@return a look at everything}
     *
     * @param counted ?
     */
    public AgentMetrics snapshot(Counted counted) {
        return new AgentMetrics(agent, counted.now(),
                copy(runs, ends -> new AgentMetrics.Ends(ends.get(RunEnd.Outcome.COMPLETED).sum(),
                        ends.get(RunEnd.Outcome.CANCELLED).sum(), ends.get(RunEnd.Outcome.FAILED).sum())),
                copy(errors, LongAdder::sum), copy(refused, LongAdder::sum), copy(new TreeMap<>(models), ModelMeter::snapshot),
                copy(cancels, SharedHistogram::snapshot), copy(tools, ToolMeter::snapshot), copy(resumes, LongAdder::sum),
                counted.started(), counted.pauses(), counted.detached(), counted.forgotten());
    }

    private static <V, S> Map<String, S> copy(Map<String, V> map, Function<V, S> snapshot) {
        Map<String, S> copy = new LinkedHashMap<>();
        map.forEach((name, value) -> copy.put(name, snapshot.apply(value)));
        return Collections.unmodifiableMap(copy);
    }

    /** Runs with one model. */
    private static final class ModelMeter {
        private final Map<String, SharedHistogram> requestTime = new ConcurrentHashMap<>();
        private final Map<String, SharedHistogram> operationTime = new ConcurrentHashMap<>();
        private final SharedHistogram firstTokenTime = new SharedHistogram();
        private final SharedHistogram perTokenTime = new SharedHistogram();
        private final SharedHistogram inputTokens = new SharedHistogram();
        private final SharedHistogram outputTokens = new SharedHistogram();

        ModelMeter() {
            requestTime.put(NONE, new SharedHistogram());
            operationTime.put(NONE, new SharedHistogram());
        }

        void ended(RunEnd end, String errorType) {
            requestTime.computeIfAbsent(errorType, type -> new SharedHistogram()).record(end.totalNs());
            operationTime.computeIfAbsent(errorType, type -> new SharedHistogram()).record(end.totalNs() - end.queuedNs());
            inputTokens.record(end.usage().inputTokens());
            outputTokens.record(end.usage().outputTokens());
            if (end.firstNs() >= 0) {
                firstTokenTime.record(end.firstNs());
                long laterTokens = end.usage().outputTokens() - 1;
                if (laterTokens > 0 && end.outcome() == RunEnd.Outcome.COMPLETED) {
                    perTokenTime.record((end.totalNs() - end.firstNs()) / laterTokens);
                }
            }
        }

        AgentMetrics.ModelUse snapshot() {
            return new AgentMetrics.ModelUse(copy(new TreeMap<>(requestTime), SharedHistogram::snapshot),
                    copy(new TreeMap<>(operationTime), SharedHistogram::snapshot), firstTokenTime.snapshot(), perTokenTime.snapshot(),
                    inputTokens.snapshot(), outputTokens.snapshot());
        }
    }

    /** Calls of one tool. */
    private static final class ToolMeter {
        private final Map<ToolEnd, LongAdder> ends = adders(ToolEnd.values());
        private final SharedHistogram time = new SharedHistogram();

        void ended(ToolEnd end, long runningNs) {
            ends.get(end).increment();
            if (runningNs >= 0) {
                time.record(runningNs);
            }
        }

        AgentMetrics.ToolUse snapshot() {
            Map<String, Long> told = new LinkedHashMap<>();
            ends.forEach((end, count) -> told.put(end.name().toLowerCase(Locale.ROOT), count.sum()));
            HistogramSnapshot snapshot = time.snapshot();
            return new AgentMetrics.ToolUse(Collections.unmodifiableMap(told), snapshot);
        }
    }
}
