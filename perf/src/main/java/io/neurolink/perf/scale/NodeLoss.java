package io.neurolink.perf.scale;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Nodes are gone from one moment to the next, and their clients come back: each waits a time drawn between nothing and the first pause
 * ("full jitter"), asks a node drawn at random, and if that has no answer within the client's patience, waits up to twice as long as
 * before and asks again. A node serves requests one after the other, with what its clients leave of its loops.
 */
final class NodeLoss {
    private static final double NANOS = 1e9;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final int lost;
    private final int left;
    private final int connections;
    private final double service;
    private final double pause;
    private final double patience;
    private final SplittableRandom random;

    private record Attempt(double time, int number) {
    }

    /**
     * What came of it.
     *
     * @param back           seconds until each client was back, as nanoseconds
     * @param peakHandshakes that a node was asked for within one second
     * @param retries        requests that were given up
     */
    record Result(Histogram back, int peakHandshakes, long retries) {
    }

    /**
     * @param nodes       before the loss.
     * @param lost        of them.
     * @param connections of each.
     * @param service     seconds of a node for one handshake, with what else it does.
     * @param pause       the first pause of a client at most, in seconds.
     * @param patience    how long a client waits for an answer, in seconds.
     * @param seed        of all that is drawn.
     */
    NodeLoss(int nodes, int lost, int connections, double service, double pause, double patience, long seed) {
        if (lost < 1 || lost >= nodes) {
            throw new IllegalArgumentException("at least one node must be lost, and one be left, of " + nodes);
        }
        this.lost = lost;
        this.left = nodes - lost;
        this.connections = connections;
        this.service = service;
        this.pause = pause;
        this.patience = patience;
        this.random = new SplittableRandom(seed);
    }

    /** Requests a second that each of the nodes left is to expect while the clients come back. */
    static double expectedRate(int nodes, int lost, int connections, double pause) {
        return (double) lost * connections / (nodes - lost) / pause;
    }

    Result run() {
        PriorityQueue<Attempt> attempts = new PriorityQueue<>(Comparator.comparingDouble(Attempt::time));
        for (long i = 0; i < (long) lost * connections; i++) {
            attempts.add(new Attempt(random.nextDouble() * pause, 0));
        }
        Histogram back = new Histogram(SIGNIFICANT_DIGITS);
        double[] freeAt = new double[left];
        int[] inThisSecond = new int[left];
        double second = 0;
        int peak = 0;
        long retries = 0;
        while (!attempts.isEmpty()) {
            Attempt attempt = attempts.poll();
            if (attempt.time >= second + 1) {
                second = Math.floor(attempt.time);
                Arrays.fill(inThisSecond, 0);
            }
            int node = random.nextInt(left);
            peak = Math.max(peak, ++inThisSecond[node]);
            double done = Math.max(freeAt[node], attempt.time) + service;
            // Who gives up has cost the node its work all the same: the request lay in its queue.
            freeAt[node] = done;
            if (done - attempt.time > patience) {
                retries++;
                double next = attempt.time + patience + random.nextDouble() * pause * Math.pow(2, attempt.number + 1.0);
                attempts.add(new Attempt(next, attempt.number + 1));
            } else {
                back.recordValue(Math.round(done * NANOS));
            }
        }
        return new Result(back, peak, retries);
    }
}
