package io.neurolink.perf.rig;

import picocli.CommandLine.Option;

/** What messages are like, and how long they are sent. */
final class MessageOptions {
    private static final int TEXT_SIZE = 300;
    private static final int BINARY_SIZE = 64;

    @Option(names = "--size", paramLabel = "BYTES", description = "Bytes of a message, 8 to 16777216. Default: 64, with --text 300.")
    private Integer size;

    @Option(names = "--text", description = "Send text, much like JSON.")
    private boolean isText;

    @Option(names = "--compression", paramLabel = "MODE", defaultValue = "off", converter = RigOptions.CompressionConverter.class,
            description = "off, shared or dedicated: offer permessage-deflate; a server that is started is told the same."
                    + " Default: ${DEFAULT-VALUE}.")
    private Compression.Mode compression;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "5s", converter = Durations.class,
            description = "What is measured, as 700ms, 5s or 2m. Default: ${DEFAULT-VALUE}.")
    private long durationNs;

    @Option(names = "--warm-up", paramLabel = "TIME", defaultValue = "2s", converter = Durations.class,
            description = "The same load before that, not measured. Default: ${DEFAULT-VALUE}.")
    private long warmUpNs;

    @Option(names = "--drain", paramLabel = "TIME", defaultValue = "10s", converter = Durations.class,
            description = "Time for the last answers; what is unanswered then makes the run FAIL. Default: ${DEFAULT-VALUE}.")
    private long drainNs;

    int size() {
        return size != null ? size : isText ? TEXT_SIZE : BINARY_SIZE;
    }

    boolean isText() {
        return isText;
    }

    Compression.Mode compression() {
        return compression;
    }

    Run.Timing timing() {
        return new Run.Timing(warmUpNs, durationNs, drainNs);
    }

    Load load(Session session, int maxBatch) {
        return new Load(session.target(), size(), isText, maxBatch, new Compression(compression), session.tls(), System::nanoTime);
    }

    RigResult.Setup setup(String workload, Session session, int connections, int inFlight, double rate) {
        return new RigResult.Setup(workload, session.target().url(), connections, size(), inFlight, isText, session.target().isTls(),
                RigOptions.name(compression), rate);
    }

    void check(RigOptions options) {
        options.checkRange("--size", size(), Payload.STAMP_LENGTH, Payload.MAX_SIZE);
        if (durationNs < 1) {
            throw options.wrong("--duration must be more than 0");
        }
    }
}
