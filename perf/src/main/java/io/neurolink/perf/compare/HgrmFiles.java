package io.neurolink.perf.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;

/** Percentiles of the latency in microseconds, in the form that HdrHistogram's plotters read. */
final class HgrmFiles {
    private static final double NS_PER_US = 1e3;

    private HgrmFiles() {
    }

    /** Writes a file WORKLOAD-SERVER.hgrm for all that have latencies. */
    static void write(Results results, Plan plan, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Workload workload : plan.workloads()) {
            for (Contestant server : plan.serversOf(workload.kind())) {
                Histogram latencies = results.latencies(workload.name(), server.name());
                if (latencies.getTotalCount() > 0) {
                    Path file = folder.resolve(workload.name() + "-" + server.name() + ".hgrm");
                    try (PrintStream out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
                        latencies.outputPercentileDistribution(out, NS_PER_US);
                    }
                }
            }
        }
    }
}
