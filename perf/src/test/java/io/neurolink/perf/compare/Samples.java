package io.neurolink.perf.compare;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Cells, servers and plans for tests. */
final class Samples {
    private Samples() {
    }

    /** A cell in which all went well. */
    static Cell cell(String server, String workload, int round, double perSecond, double othersBusy) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ok", true);
        result.put("perSecond", perSecond);
        result.put("serverCpuNsPerMessage", 1e9 / perSecond);
        result.put("othersBusy", othersBusy);
        result.put("latencyNs", Map.of("p50", 50_000, "p99", 90_000L, "p999", 200_000.5));
        result.put("histogram", histogram(1_000 * round, 50_000));
        return new Cell(server, workload, round, 1, 1, result, null);
    }

    static Cell failed(String server, String workload, int round, String why) {
        return new Cell(server, workload, round, 1, 1, Map.of(), why);
    }

    /** So many times the same latency, as the load client encodes it. */
    static String histogram(long count, long latencyNs) {
        Histogram histogram = new Histogram(3);
        histogram.recordValueWithCount(latencyNs, count);
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }

    static Contestant server(String name) {
        return new Contestant(name, "the server " + name, "1.0", name.endsWith("floor"), false, EnumSet.allOf(Workload.Kind.class),
                List.of("/some/where/bin/java", "-cp", "/some/where/perf.jar:/some/where/peers/*", "Main"), List.of("--compression"));
    }

    static Plan plan(List<Contestant> servers, int rounds, int launches, String... workloads) {
        List<Workload> chosen = Workloads.all(20_000, 10_000).stream()
                .filter(workload -> List.of(workloads).contains(workload.name())).toList();
        return new Plan(servers, chosen, rounds, launches, Math.min(rounds, 2), 1_000_000_000, 300_000_000, 5_000_000_000L, 2);
    }
}
