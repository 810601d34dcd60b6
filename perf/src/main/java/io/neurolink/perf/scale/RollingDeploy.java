package io.neurolink.perf.scale;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Nodes are drained, ended and started again, some at once, then the next. The connections of each are closed evenly over the drain's
 * window; each client comes back at once to a node that is not being drained, so that the window alone spreads them.
 */
final class RollingDeploy {
    private final int nodes;
    private final int atOnce;
    private final int connections;
    private final double window;
    private final SplittableRandom random;
    private final Balancing balancing;

    private final int[] held;
    private final int[] inThisSecond;
    private int most;
    private long moved;
    private int peakPerSecond;

    /**
     * What came of it.
     *
     * @param movesPerClient how often a client had to reconnect, on average
     * @param mostHeld       connections that a node held at most, as a multiple of the mean
     * @param mostHeldAfter  the same once all is over
     * @param peakHandshakes that a node had to do within one second
     * @param connections    that there are once all is over
     */
    record Result(double movesPerClient, double mostHeld, double mostHeldAfter, int peakHandshakes, long connections) {
    }

    RollingDeploy(int nodes, int atOnce, int connections, double windowSeconds, Balancing balancing, long seed) {
        if (atOnce < 1 || atOnce >= nodes) {
            throw new IllegalArgumentException("at least one node must be drained at once, and one go on, of " + nodes);
        }
        this.nodes = nodes;
        this.atOnce = atOnce;
        this.connections = connections;
        this.window = windowSeconds;
        this.balancing = balancing;
        this.random = new SplittableRandom(seed);
        this.held = new int[nodes];
        this.inThisSecond = new int[nodes];
        Arrays.fill(held, connections);
        this.most = connections;
    }

    /** How many times nodes are drained, {@code atOnce} of them each time. */
    static int rounds(int nodes, int atOnce) {
        return (nodes + atOnce - 1) / atOnce;
    }

    /**
     * What the fullest node holds, as a multiple of the mean. Where the balancer draws lots, each node that waits for its turn gets a share
     * of all those before it; with one node at once and many nodes that tends to e. Where it looks for the fewest connections, a round
     * finds the nodes of the round before empty, and only the first one fills the others.
     */
    static double expectedMostHeld(int nodes, int atOnce, Balancing balancing) {
        double share = (double) nodes / (nodes - atOnce);
        return balancing == Balancing.LEAST ? share : Math.pow(share, rounds(nodes, atOnce) - 1.0);
    }

    /** How often a client has to reconnect, on average; where the balancer draws lots, up to e - 1. */
    static double expectedMoves(int nodes, int atOnce, Balancing balancing) {
        double share = (double) nodes / (nodes - atOnce);
        double moves = 0;
        double perNode = 1;
        for (int first = 0; first < nodes; first += atOnce) {
            moves += Math.min(atOnce, nodes - first) * perNode / nodes;
            perNode = balancing == Balancing.LEAST ? share : perNode * share;
        }
        return moves;
    }

    Result run() {
        for (int first = 0; first < nodes; first += atOnce) {
            drain(first, Math.min(nodes, first + atOnce));
        }
        double mean = connections;
        int mostAfter = Arrays.stream(held).max().orElse(0);
        return new Result(moved / mean / nodes, most / mean, mostAfter / mean, peakPerSecond, Arrays.stream(held).asLongStream().sum());
    }

    private void drain(int first, int end) {
        long leaving = 0;
        for (int node = first; node < end; node++) {
            leaving += held[node];
            held[node] = 0;
        }
        PriorityQueue<int[]> least = balancing == Balancing.LEAST ? byConnections(first, end) : null;
        double second = 0;
        Arrays.fill(inThisSecond, 0);
        for (long i = 0; i < leaving; i++) {
            double time = window * i / leaving;
            if (time >= second + 1) {
                second = Math.floor(time);
                Arrays.fill(inThisSecond, 0);
            }
            moveTo(least == null ? other(first, end) : takeLeast(least));
        }
    }

    private void moveTo(int node) {
        moved++;
        most = Math.max(most, ++held[node]);
        peakPerSecond = Math.max(peakPerSecond, ++inThisSecond[node]);
    }

    private int other(int first, int end) {
        int node = random.nextInt(nodes - (end - first));
        return node < first ? node : node + end - first;
    }

    private PriorityQueue<int[]> byConnections(int first, int end) {
        PriorityQueue<int[]> least = new PriorityQueue<>(Arrays::compare);
        for (int node = 0; node < nodes; node++) {
            if (node < first || node >= end) {
                least.add(new int[] {held[node], node});
            }
        }
        return least;
    }

    private static int takeLeast(PriorityQueue<int[]> least) {
        int[] entry = least.poll();
        entry[0]++;
        least.add(entry);
        return entry[1];
    }
}
