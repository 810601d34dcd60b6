package io.neurolink.perf.check;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures comparisons with JMH, each benchmark in a JVM of its own.
 *
 * @param forks       JVMs per benchmark.
 * @param warmups     iterations before those that count.
 * @param iterations  iterations per JVM that count.
 * @param iterationMs milliseconds of each.
 */
record Measurement(int forks, int warmups, int iterations, int iterationMs) {
    /** Counts what arrived where sides of a group do different things. */
    private static final String ARRIVED = "taken";
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final int THOROUGH = 3;

    /** JMH uses what JDKs from 24 on warn of; the flag exists since 23. It is for the measured JVMs, the engine needs none. */
    private static final int FIRST_WARNING_JDK = 24;
    private static final String NO_WARNING = "--sun-misc-unsafe-memory-access=allow";

    /** Bytes that the harness itself allocates in an iteration, about, and rather more than less. */
    private static final double OVERHEAD_BYTES = 8 * 1024;

    /** @return the same with more of everything. */
    Measurement thorough() {
        return new Measurement(forks, THOROUGH * warmups, THOROUGH * iterations, iterationMs);
    }

    /** @return what they came to, by name. */
    Map<String, Figure> figures(Comparison.Group group, List<Comparison> comparisons) throws RunnerException {
        Map<String, Score> scores = scores(group, comparisons);
        Map<String, Figure> figures = new LinkedHashMap<>();
        for (Comparison comparison : comparisons) {
            figures.put(comparison.name(), figure(scores.get(comparison.method()), scores.get(comparison.baseline())));
        }
        return figures;
    }

    /** Of two scores, of the same run. */
    Figure figure(Score score, Score baseline) {
        double iterationNs = iterationMs * 1e6;
        return new Figure(score.timeNs(), score.timeNs() / baseline.timeNs(), score.allocatedBytes(),
                OVERHEAD_BYTES * score.timeNs() / iterationNs);
    }

    private Map<String, Score> scores(Comparison.Group group, List<Comparison> comparisons) throws RunnerException {
        Set<String> methods = new LinkedHashSet<>();
        comparisons.forEach(comparison -> methods.addAll(List.of(comparison.method(), comparison.baseline())));
        ChainedOptionsBuilder options = new OptionsBuilder().forks(forks)
                .warmupIterations(warmups).warmupTime(TimeValue.milliseconds(iterationMs))
                .measurementIterations(iterations).measurementTime(TimeValue.milliseconds(iterationMs))
                .addProfiler(GCProfiler.class).verbosity(VerboseMode.SILENT).shouldFailOnError(true);
        if (Runtime.version().feature() >= FIRST_WARNING_JDK) {
            options.jvmArgsAppend(NO_WARNING);
        }
        methods.forEach(method -> options.include("^" + Pattern.quote(group.benchmark().getName() + "." + method) + "$"));
        group.params().forEach(options::param);
        Map<String, Score> scores = new HashMap<>();
        for (RunResult result : new Runner(options.build()).run()) {
            String name = result.getParams().getBenchmark();
            scores.put(name.substring(name.lastIndexOf('.') + 1), score(result));
        }
        return scores;
    }

    private static Score score(RunResult result) {
        Map<String, ? extends Result<?>> others = secondary(result);
        Result<?> allocated = others.get(ALLOCATED);
        double bytes = allocated == null ? 0 : allocated.getScore();
        if (result.getParams().getMode() == Mode.Throughput) {
            return new Score(1000 / others.get(ARRIVED).getStatistics().getMax(), bytes);
        }
        return new Score(result.getPrimaryResult().getStatistics().getMin(), bytes);
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    private static Map<String, ? extends Result<?>> secondary(RunResult result) {
        Map results = result.getSecondaryResults();
        return results;
    }
}
