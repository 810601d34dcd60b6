package io.neurolink.perf.soak;

import io.neurolink.perf.report.Plot;
import io.neurolink.perf.server.TargetProcess;
import io.neurolink.perf.server.TargetState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** How one server was, over time. */
final class Samples {
    private static final double MIB = 1024 * 1024;

    /** The beginning is not judged: caches and pools fill. */
    private static final double JUDGED_FROM = 0.3;
    private static final double HEAP_GROWTH_MIB = 3;
    private static final double DIRECT_GROWTH_MIB = 16;

    private record Sample(double seconds, TargetState state, long residentBytes) {
    }

    private final String name;
    private final TargetProcess target;
    private final List<Sample> samples = new ArrayList<>();

    Samples(String name, TargetProcess target) {
        this.name = name;
        this.target = target;
    }

    TargetProcess target() {
        return target;
    }

    String name() {
        return name;
    }

    /** Takes one, after a collection of the server's garbage. */
    void take(double seconds) {
        samples.add(new Sample(seconds, target.collected(), target.residentBytes()));
    }

    String lastText() {
        Sample last = samples.get(samples.size() - 1);
        return String.format("%s: %d open, heap %.1f, direct %.1f, resident %.0f MiB", name, last.state.get("connections.open"),
                last.state.get(TargetState.HEAP) / MIB, last.state.get(TargetState.DIRECT) / MIB, last.residentBytes / MIB);
    }

    /** What has grown that should not have. */
    List<String> growth() {
        List<String> faults = new ArrayList<>();
        check(faults, "live heap", HEAP_GROWTH_MIB, sample -> sample.state.get(TargetState.HEAP) / MIB);
        check(faults, "direct memory", DIRECT_GROWTH_MIB, sample -> sample.state.get(TargetState.DIRECT) / MIB);
        return faults;
    }

    private void check(List<String> faults, String what, double limitMib, ToDoubleFunction<Sample> value) {
        double growth = growthMib(value);
        if (growth > limitMib) {
            faults.add(String.format("%s: the %s has a trend of %.1f MiB over the time judged", name, what, growth));
        }
    }

    private double growthMib(ToDoubleFunction<Sample> value) {
        double end = samples.get(samples.size() - 1).seconds;
        List<Sample> judged = samples.stream().filter(sample -> sample.seconds >= JUDGED_FROM * end).toList();
        return Trend.slope(array(judged, Sample::seconds), array(judged, value)) * (end - judged.get(0).seconds);
    }

    private static double[] array(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream().mapToDouble(value).toArray();
    }

    List<Plot> plots() {
        double[] seconds = array(samples, Sample::seconds);
        return List.of(
                new Plot(name + ": memory", "MiB")
                        .line("live heap", seconds, array(samples, sample -> sample.state.get(TargetState.HEAP) / MIB))
                        .line("direct", seconds, array(samples, sample -> sample.state.get(TargetState.DIRECT) / MIB))
                        .line("resident", seconds, array(samples, sample -> sample.residentBytes / MIB)),
                new Plot(name + ": connections", "")
                        .line("connections open", seconds, array(samples, sample -> sample.state.get("connections.open")))
                        .line("sockets open", seconds, array(samples, sample -> sample.state.get("sockets.open")))
                        .line("threads", seconds, array(samples, sample -> sample.state.get(TargetState.THREADS))));
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("heapGrowthMib", growthMib(sample -> sample.state.get(TargetState.HEAP) / MIB));
        map.put("directGrowthMib", growthMib(sample -> sample.state.get(TargetState.DIRECT) / MIB));
        map.put("counters", samples.get(samples.size() - 1).state.values());
        map.put("samples", samples.stream().map(sample -> List.of(Math.round(sample.seconds), sample.state.get(TargetState.HEAP),
                sample.state.get(TargetState.DIRECT), sample.residentBytes, sample.state.get("connections.open"))).toList());
        return map;
    }
}
