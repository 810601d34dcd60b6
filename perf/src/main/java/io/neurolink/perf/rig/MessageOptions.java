package io.neurolink.perf.rig;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What messages are like, and how long they are sent. */
final class MessageOptions {
    private static final int TEXT_SIZE = 300;

    @Option(names = "--size", paramLabel = "BYTES", description = "Bytes of a message, 8 to 16777216. Default: 64, with --text 300.")
    private Integer size;

    @Option(names = "--text", description = "Send text, much like JSON.")
    private boolean isText;

    @Option(names = "--compression", paramLabel = "MODE", defaultValue = "off", converter = RigOptions.CompressionConverter.class,
            description = "off, shared or dedicated: offer permessage-deflate; a server that is started is told the same."
                    + " Default: ${DEFAULT-VALUE}.")
    private Compression.Mode compression;

    @Mixin
    private TimeOptions times;

    int size() {
        return size != null ? size : isText ? TEXT_SIZE : Session.PLAIN_SIZE;
    }

    boolean isText() {
        return isText;
    }

    Compression.Mode compression() {
        return compression;
    }

    Run.Timing timing() {
        return times.timing();
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
        times.check(options);
    }
}
