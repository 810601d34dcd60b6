package io.neurolink.perf.scale;

/**
 * What a node of a cluster does on average, in closed form.
 *
 * <pre>
 *   N nodes, S subscribers of a topic, placed at random:
 *   nodes with a subscriber          reach = N (1 - (1 - 1/N)^S)
 *   a publish leaves its node        if another node has a subscriber
 *   and arrives at                   reach (N - 1)/N of them, on average
 *   a broadcast arrives at           N - 1
 * </pre>
 */
final class ClusterModel {
    private final int nodes;
    private final Load load;
    private final Costs costs;

    /**
     * What a node does, and what the bus does.
     *
     * @param busy       share of the time of its event loops, 0 to 1 and more
     * @param clients    the part of it for messages of clients
     * @param runs       the part of it for runs
     * @param fanOut     the part of it for broadcasts and topics, the bus left out
     * @param bus        the part of it for the bus
     * @param busIn      messages a second that the bus takes, of all nodes
     * @param busOut     messages a second that the bus gives, to all nodes
     * @param bytes      memory of a node's connections and runs
     */
    record Expected(double busy, double clients, double runs, double fanOut, double bus, double busIn, double busOut, double bytes) {
    }

    ClusterModel(int nodes, Load load, Costs costs) {
        this.nodes = nodes;
        this.load = load;
        this.costs = costs;
    }

    /** On how many nodes there is a subscriber of a topic, on average. */
    static double reach(int nodes, int subscribers) {
        return nodes * (1 - Math.pow(1 - 1.0 / nodes, subscribers));
    }

    Expected expected() {
        double published = load.topics(nodes) * load.publishes();
        double reach = reach(nodes, load.subscribers());
        double batches = load.runs() * load.batches();
        double followed = batches * load.followed();
        boolean isAlone = nodes == 1;
        double out = isAlone ? 0 : load.broadcasts() / nodes + published / nodes * leaves() + batches;
        double in = isAlone ? 0 : load.broadcasts() * (nodes - 1) / nodes + published / nodes * reach * (nodes - 1) / nodes + followed;
        double clients = load.connections() * load.messages() * costs.message();
        // A follower says every token to its viewer once more.
        double runs = load.runs() * load.tokens() * costs.token() * (isAlone ? 1 : 1 + load.followed());
        double fanOut = (load.broadcasts() * load.connections() + published * load.subscribers() / nodes) * costs.delivery();
        double bus = out * costs.busOut() + in * costs.busIn();
        double loops = load.loops();
        return new Expected((clients + runs + fanOut + bus) / loops, clients / loops, runs / loops, fanOut / loops, bus / loops,
                out * nodes, in * nodes, (double) load.connections() * costs.connectionBytes() + (double) load.runs() * costs.runBytes());
    }

    /** The share of publishes for which another node has a subscriber. */
    private double leaves() {
        return 1 - Math.pow(1.0 / nodes, load.subscribers());
    }
}
