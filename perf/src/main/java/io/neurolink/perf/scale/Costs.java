package io.neurolink.perf.scale;

import picocli.CommandLine.Option;

/**
 * What things cost on one node: microseconds of processor time of an event loop, and bytes. The defaults are measured on a small virtual
 * machine; {@code docs/scaling.md} names the command that measures each.
 */
final class Costs {
    private static final double MICROS = 1e-6;

    @Option(names = "--cost-message", paramLabel = "US", defaultValue = "17",
            description = "A message of a client and the answer to it, microseconds. Default: ${DEFAULT-VALUE}.")
    private double messageUs;

    @Option(names = "--cost-delivery", paramLabel = "US", defaultValue = "5.7",
            description = "One delivery of a broadcast or topic. Default: ${DEFAULT-VALUE}.")
    private double deliveryUs;

    @Option(names = "--cost-token", paramLabel = "US", defaultValue = "20",
            description = "A token of a run, from the model to its viewer. Default: ${DEFAULT-VALUE}.")
    private double tokenUs;

    @Option(names = "--cost-bus-out", paramLabel = "US", defaultValue = "32",
            description = "Giving a message to the bus. Default: ${DEFAULT-VALUE}.")
    private double busOutUs;

    @Option(names = "--cost-bus-in", paramLabel = "US", defaultValue = "17",
            description = "Taking a message from the bus. Default: ${DEFAULT-VALUE}.")
    private double busInUs;

    @Option(names = "--cost-handshake", paramLabel = "US", defaultValue = "33",
            description = "A connection, its upgrade and its end. Default: ${DEFAULT-VALUE}.")
    private double handshakeUs;

    @Option(names = "--bytes-connection", paramLabel = "N", defaultValue = "5200",
            description = "Resident memory of an idle connection. Default: ${DEFAULT-VALUE}.")
    private int connectionBytes;

    @Option(names = "--bytes-run", paramLabel = "N", defaultValue = "65536",
            description = "Memory of a run and its log. Default: ${DEFAULT-VALUE}.")
    private int runBytes;

    @Option(names = "--bus-delay", paramLabel = "US", defaultValue = "500",
            description = "From one node to another over the bus, microseconds. Default: ${DEFAULT-VALUE}.")
    private double busDelayUs;

    /** Seconds of a loop for a message of a client and the answer to it; all others likewise. */
    double message() {
        return messageUs * MICROS;
    }

    double delivery() {
        return deliveryUs * MICROS;
    }

    double token() {
        return tokenUs * MICROS;
    }

    double busOut() {
        return busOutUs * MICROS;
    }

    double busIn() {
        return busInUs * MICROS;
    }

    double handshake() {
        return handshakeUs * MICROS;
    }

    double busDelay() {
        return busDelayUs * MICROS;
    }

    int connectionBytes() {
        return connectionBytes;
    }

    int runBytes() {
        return runBytes;
    }

    /** @return the name of an option that makes no sense, or null. */
    String bad() {
        boolean areCosts = messageUs > 0 && deliveryUs > 0 && tokenUs > 0 && busOutUs > 0 && busInUs > 0 && handshakeUs > 0;
        return areCosts && busDelayUs >= 0 && connectionBytes > 0 && runBytes > 0 ? null : "costs must be positive";
    }
}
