package io.neurolink.perf.check;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * A benchmark and the one beside it in the same class that it is compared with.
 *
 * @param benchmark their class.
 * @param method    the benchmark, or its group.
 * @param baseline  the other one.
 * @param params    values of the parameters, for both.
 */
record Comparison(Class<?> benchmark, String method, String baseline, Map<String, String> params) {

    /** What is measured together: one class with the same parameters. */
    record Group(Class<?> benchmark, Map<String, String> params) {
    }

    Group group() {
        return new Group(benchmark, params);
    }

    /** @return what this is called in the stored file and in the table. */
    String name() {
        String values = params.entrySet().stream().map(entry -> " " + entry.getKey() + "=" + entry.getValue())
                .sorted().collect(Collectors.joining());
        return benchmark.getSimpleName().replace("Benchmark", "") + "." + method + values + " / " + baseline;
    }
}
