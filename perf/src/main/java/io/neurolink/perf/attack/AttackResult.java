package io.neurolink.perf.attack;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What came of an attack.
 *
 * @param name     of the attack.
 * @param bounds   what met it: names in the configuration, counters and by how much they grew.
 * @param memory   the server's memory before, at most, and after.
 * @param calm     the neighbour's latencies before.
 * @param attacked the neighbour's latencies during the attack.
 * @param seconds  how long it took.
 * @param faults   why it counts as a success of the attacker; empty if the server held.
 */
record AttackResult(String name, List<String> bounds, Memory memory, NeighbourProcess.Times calm, NeighbourProcess.Times attacked,
        double seconds, List<String> faults) {
    private static final double MIB = 1024 * 1024;
    private static final double MS = 1_000_000;

    /** Bytes. The heap after a collection before and after; at most with garbage. */
    record Memory(long residentBefore, long residentMax, long residentAfter, long heapBefore, long heapMax, long heapAfter,
            long directBefore, long directMax, long directAfter) {
        String residentText() {
            return String.format("%.0f/%.0f/%.0f", residentBefore / MIB, residentMax / MIB, residentAfter / MIB);
        }

        String heapText() {
            return String.format("%.1f/%.0f/%.1f", heapBefore / MIB, heapMax / MIB, heapAfter / MIB);
        }

        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("residentBytes", List.of(residentBefore, residentMax, residentAfter));
            map.put("heapBytes", List.of(heapBefore, heapMax, heapAfter));
            map.put("directBytes", List.of(directBefore, directMax, directAfter));
            return map;
        }
    }

    boolean isHeld() {
        return faults.isEmpty();
    }

    String latencyText() {
        return String.format("%.2f/%.2f -> %.2f/%.2f (%.2f)", at(calm.echoes(), 50), at(calm.echoes(), 99), at(attacked.echoes(), 50),
                at(attacked.echoes(), 99), at(attacked.control(), 99));
    }

    private static double at(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / MS;
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("attack", name);
        map.put("held", isHeld());
        map.put("bounds", bounds);
        map.put("seconds", seconds);
        map.put("memory", memory.toMap());
        map.put("neighbourBeforeMs", latency(calm.echoes()));
        map.put("neighbourDuringMs", latency(attacked.echoes()));
        map.put("controlBeforeMs", latency(calm.control()));
        map.put("controlDuringMs", latency(attacked.control()));
        map.put("faults", faults);
        return map;
    }

    private static Map<String, Object> latency(Histogram histogram) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("count", histogram.getTotalCount());
        map.put("p50", at(histogram, 50));
        map.put("p90", at(histogram, 90));
        map.put("p99", at(histogram, 99));
        map.put("max", at(histogram, 100));
        return map;
    }
}
