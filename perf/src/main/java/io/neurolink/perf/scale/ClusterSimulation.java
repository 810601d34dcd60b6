package io.neurolink.perf.scale;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Lets a cluster run in time of its own. Each node is a queue with one server, whose speed is that of all its loops; what its clients and
 * runs make it do comes at random, drawn for each millisecond; every broadcast and publish is followed through the bus to each node it
 * reaches. Subscribers are placed once, each on a node drawn at random.
 */
final class ClusterSimulation {
    private static final double TICK = 1e-3;
    private static final double NANOS = 1e9;
    private static final double NORMAL_FROM = 30;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final int nodes;
    private final Load load;
    private final Costs costs;
    private final SplittableRandom random;

    private final int[][] subscribersOf;
    private final double[] freeAt;
    private final double[] worked;
    private final double[] tickedTo;
    private final PriorityQueue<Arrival> arrivals = new PriorityQueue<>(Comparator.comparingDouble(arrival -> arrival.time));
    private final Histogram delay = new Histogram(SIGNIFICANT_DIGITS);
    private long busIn;
    private long busOut;

    /** A message that reaches a node; topic -1 stands for a broadcast. */
    private record Arrival(double time, int node, int topic, double publishedAt) {
    }

    /**
     * What was seen.
     *
     * @param busy    mean over the nodes, share of the time of their loops
     * @param busiest of the nodes
     * @param busIn   messages a second that the bus took
     * @param busOut  messages a second that the bus gave
     * @param delay   from a publish to its last delivery on each node it reached, nanoseconds
     */
    record Seen(double busy, double busiest, double busIn, double busOut, Histogram delay) {
    }

    ClusterSimulation(int nodes, Load load, Costs costs, long seed) {
        this.nodes = nodes;
        this.load = load;
        this.costs = costs;
        this.random = new SplittableRandom(seed);
        this.freeAt = new double[nodes];
        this.worked = new double[nodes];
        this.tickedTo = new double[nodes];
        this.subscribersOf = new int[load.topics(nodes)][];
        for (int topic = 0; topic < subscribersOf.length; topic++) {
            subscribersOf[topic] = random.ints(load.subscribers(), 0, nodes).sorted().toArray();
        }
    }

    Seen run(double seconds) {
        double broadcastAt = exponential(load.broadcasts());
        double publishAt = exponential(load.publishes() * subscribersOf.length);
        double now = Math.min(broadcastAt, publishAt);
        while (now < seconds || !arrivals.isEmpty()) {
            if (now >= seconds || !arrivals.isEmpty() && arrivals.peek().time <= now) {
                arrive(arrivals.poll());
            } else if (now == broadcastAt) {
                publish(now, -1);
                broadcastAt += exponential(load.broadcasts());
            } else {
                publish(now, random.nextInt(subscribersOf.length));
                publishAt += exponential(load.publishes() * subscribersOf.length);
            }
            now = Math.min(broadcastAt, publishAt);
        }
        for (int node = 0; node < nodes; node++) {
            tick(node, seconds);
        }
        double mean = Arrays.stream(worked).sum() / nodes / seconds;
        double most = Arrays.stream(worked).max().orElse(0) / seconds;
        double background = nodes == 1 ? 0 : nodes * load.runs() * load.batches();
        return new Seen(mean, most, busIn / seconds + background, busOut / seconds + background * load.followed(), delay);
    }

    private double exponential(double rate) {
        return rate == 0 ? Double.POSITIVE_INFINITY : -Math.log(1 - random.nextDouble()) / rate;
    }

    private void publish(double now, int topic) {
        int node = random.nextInt(nodes);
        tick(node, now);
        boolean leaves = leaves(node, topic);
        double start = Math.max(now, freeAt[node]);
        if (leaves) {
            work(node, now, costs.busOut());
            busIn++;
        }
        int deliveries = deliveries(node, topic);
        if (deliveries > 0) {
            deliver(node, now, deliveries * costs.delivery(), now);
        }
        if (leaves) {
            send(start + costs.busOut() / load.loops() + costs.busDelay(), node, topic, now);
        }
    }

    private boolean leaves(int node, int topic) {
        if (topic < 0) {
            return nodes > 1;
        }
        return Arrays.stream(subscribersOf[topic]).anyMatch(other -> other != node);
    }

    private void send(double time, int from, int topic, double publishedAt) {
        if (topic < 0) {
            for (int node = 0; node < nodes; node++) {
                if (node != from) {
                    arrivals.add(new Arrival(time, node, topic, publishedAt));
                }
            }
            return;
        }
        BitSet reached = new BitSet(nodes);
        for (int node : subscribersOf[topic]) {
            if (node != from && !reached.get(node)) {
                reached.set(node);
                arrivals.add(new Arrival(time, node, topic, publishedAt));
            }
        }
    }

    private void arrive(Arrival arrival) {
        busOut++;
        tick(arrival.node, arrival.time);
        double seconds = costs.busIn() + deliveries(arrival.node, arrival.topic) * costs.delivery();
        deliver(arrival.node, arrival.time, seconds, arrival.publishedAt);
    }

    private void deliver(int node, double now, double seconds, double publishedAt) {
        work(node, now, seconds);
        delay.recordValue(Math.max(0, Math.round((freeAt[node] - publishedAt) * NANOS)));
    }

    private int deliveries(int node, int topic) {
        if (topic < 0) {
            return load.connections();
        }
        int count = 0;
        for (int subscriber : subscribersOf[topic]) {
            count += subscriber == node ? 1 : 0;
        }
        return count;
    }

    private void work(int node, double now, double seconds) {
        double share = seconds / load.loops();
        freeAt[node] = Math.max(freeAt[node], now) + share;
        worked[node] += share;
    }

    /** What clients and runs have made a node do since the last time somebody looked. */
    private void tick(int node, double now) {
        double followers = nodes == 1 ? 0 : load.followed();
        double batches = nodes == 1 ? 0 : load.runs() * load.batches();
        for (double from = tickedTo[node]; from < now; from += TICK) {
            double span = Math.min(TICK, now - from);
            double seconds = poisson(load.connections() * load.messages() * span) * costs.message()
                    + poisson(load.runs() * load.tokens() * (1 + followers) * span) * costs.token()
                    + poisson(batches * span) * costs.busOut() + poisson(batches * followers * span) * costs.busIn();
            work(node, from, seconds);
        }
        tickedTo[node] = Math.max(tickedTo[node], now);
    }

    /** Exact for small means; from some tens on a normal distribution is as good. */
    private double poisson(double mean) {
        if (mean > NORMAL_FROM) {
            return Math.max(0, Math.rint(mean + Math.sqrt(mean) * gaussian()));
        }
        double limit = Math.exp(-mean);
        double product = random.nextDouble();
        int count = 0;
        while (product > limit) {
            product *= random.nextDouble();
            count++;
        }
        return count;
    }

    private double gaussian() {
        return Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
    }
}
