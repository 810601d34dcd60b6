package io.neurolink.perf.scale;

import picocli.CommandLine.Option;

/** What a cluster has to carry. Everything but broadcasts and topics is meant per node. */
final class Load {
    @Option(names = "--connections", paramLabel = "N", defaultValue = "10000", description = "Of each node. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--loops", paramLabel = "N", defaultValue = "4",
            description = "Event loops of each node, with a core each. Default: ${DEFAULT-VALUE}.")
    private int loops;

    @Option(names = "--messages", paramLabel = "RATE", defaultValue = "0.5",
            description = "Messages a second of each client, each answered. Default: ${DEFAULT-VALUE}.")
    private double messages;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "500",
            description = "Runs going on on each node. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--tokens", paramLabel = "RATE", defaultValue = "50",
            description = "Tokens a second of each run. Default: ${DEFAULT-VALUE}.")
    private double tokens;

    @Option(names = "--batches", paramLabel = "RATE", defaultValue = "33",
            description = "Messages a second in which a run's log goes to the bus. Default: ${DEFAULT-VALUE}.")
    private double batches;

    @Option(names = "--followed", paramLabel = "SHARE", defaultValue = "0.02",
            description = "Share of runs that somebody looks at from another node. Default: ${DEFAULT-VALUE}.")
    private double followed;

    @Option(names = "--broadcasts", paramLabel = "RATE", defaultValue = "0.2",
            description = "Broadcasts a second to everybody, in the whole cluster. Default: ${DEFAULT-VALUE}.")
    private double broadcasts;

    @Option(names = "--topics-per-node", paramLabel = "N", defaultValue = "100",
            description = "Topics, for each node there is. Default: ${DEFAULT-VALUE}.")
    private int topicsPerNode;

    @Option(names = "--subscribers", paramLabel = "N", defaultValue = "20",
            description = "Of each topic, anywhere in the cluster. Default: ${DEFAULT-VALUE}.")
    private int subscribers;

    @Option(names = "--publishes", paramLabel = "RATE", defaultValue = "1",
            description = "Messages a second of each topic, from any node. Default: ${DEFAULT-VALUE}.")
    private double publishes;

    int connections() {
        return connections;
    }

    int loops() {
        return loops;
    }

    double messages() {
        return messages;
    }

    int runs() {
        return runs;
    }

    double tokens() {
        return tokens;
    }

    double batches() {
        return batches;
    }

    double followed() {
        return followed;
    }

    double broadcasts() {
        return broadcasts;
    }

    int topics(int nodes) {
        return topicsPerNode * nodes;
    }

    int subscribers() {
        return subscribers;
    }

    double publishes() {
        return publishes;
    }

    /** @return what is wrong, or null. */
    String bad() {
        if (connections < 1 || loops < 1) {
            return "--connections and --loops must be at least 1";
        }
        if (followed < 0 || followed > 1) {
            return "--followed must be between 0 and 1";
        }
        boolean isNegative = messages < 0 || runs < 0 || tokens < 0 || batches < 0 || broadcasts < 0 || topicsPerNode < 0 || subscribers < 0
                || publishes < 0;
        return isNegative ? "rates and numbers must not be negative" : null;
    }
}
