package io.neurolink.perf.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The engine's ratios to a floor of an earlier comparison, and whether they have collapsed since. Ratios of one run are fairly the
 * same on every
 * machine; times are not.
 */
final class Baseline {
    private static final String PER_SECOND = "perSecond";
    private static final String P50 = "p50";

    private Baseline() {
    }

    /**
     * @param bases servers to take ratios to, of which the first counts that has figures.
     * @return for each workload the base and the ratios of the engine to it.
     */
    static Map<String, Object> of(Results results, Plan plan, List<String> bases) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Workload workload : plan.workloads()) {
            bases.stream().filter(base -> results.has(workload.name(), base)).findFirst().ifPresent(base -> {
                Map<String, Object> ratios = new LinkedHashMap<>();
                ratios.put("base", base);
                for (Map.Entry<String, Metric> entry : metrics(workload).entrySet()) {
                    Spread ratio = results.ratio(workload.name(), Contestants.ENGINE, base, entry.getValue());
                    if (!ratio.isEmpty()) {
                        ratios.put(entry.getKey(), Math.round(ratio.median() * 1e3) / 1e3);
                    }
                }
                all.put(workload.name(), ratios);
            });
        }
        return all;
    }

    /** In an open loop the client sets the rate, and latency tells; the pace of a closed loop tells it all. */
    private static Map<String, Metric> metrics(Workload workload) {
        if (workload.isMemory()) {
            return Map.of("rss", Metric.RSS_TOUCHED);
        }
        return workload.isOpenLoop() ? Map.of(P50, Metric.P50_NS) : Map.of(PER_SECOND, Metric.PER_SECOND);
    }

    /**
     * @param stored    what {@link #of} returned once.
     * @param now       what it returns now.
     * @param tolerance share by which a ratio may be worse.
     * @return a line for each ratio that is worse, or that is not there any more though its workload was measured.
     */
    static List<String> collapses(Map<String, Object> stored, Map<String, Object> now, double tolerance) {
        List<String> collapses = new ArrayList<>();
        stored.forEach((workload, before) -> {
            if (before instanceof Map<?, ?> old && now.get(workload) instanceof Map<?, ?> current
                    && String.valueOf(old.get("base")).equals(String.valueOf(current.get("base")))) {
                old.forEach((name, value) -> {
                    if (value instanceof Number number) {
                        check(workload + " " + name + " to " + old.get("base"), name.equals(PER_SECOND), number.doubleValue(),
                                current.get(name), tolerance, collapses);
                    }
                });
            }
        });
        return collapses;
    }

    /** Workloads of a stored baseline that a run could be held against. */
    static long comparable(Map<String, Object> stored, Map<String, Object> now) {
        return stored.entrySet().stream().filter(entry -> entry.getValue() instanceof Map<?, ?> old
                && now.get(entry.getKey()) instanceof Map<?, ?> current
                && String.valueOf(old.get("base")).equals(String.valueOf(current.get("base")))).count();
    }

    private static void check(String what, boolean isMoreBetter, double before, Object now, double tolerance, List<String> collapses) {
        double current = now instanceof Number number ? number.doubleValue() : Double.NaN;
        double limit = isMoreBetter ? before * (1 - tolerance) : before / (1 - tolerance);
        boolean isFine = isMoreBetter ? current >= limit : current <= limit;
        if (!isFine) {
            collapses.add(String.format(Locale.ROOT, "%s was %.3f and is %.3f, worse than %.3f", what, before, current, limit));
        }
    }
}
