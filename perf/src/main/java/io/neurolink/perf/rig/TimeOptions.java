package io.neurolink.perf.rig;

import picocli.CommandLine.Option;

/** How long a run lasts. */
final class TimeOptions {
    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "5s", converter = Durations.class,
            description = "What is measured, as 700ms, 5s or 2m. Default: ${DEFAULT-VALUE}.")
    private long durationNs;

    @Option(names = "--warm-up", paramLabel = "TIME", defaultValue = "2s", converter = Durations.class,
            description = "The same load before that, not measured. Default: ${DEFAULT-VALUE}.")
    private long warmUpNs;

    @Option(names = "--drain", paramLabel = "TIME", defaultValue = "10s", converter = Durations.class,
            description = "Time for the last answers; what is unanswered then makes the run FAIL. Default: ${DEFAULT-VALUE}.")
    private long drainNs;

    Run.Timing timing() {
        return new Run.Timing(warmUpNs, durationNs, drainNs);
    }

    void check(RigOptions options) {
        if (durationNs < 1) {
            throw options.wrong("--duration must be more than 0");
        }
    }
}
