package io.neurolink.perf.rig;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * One connection publishes, the server sends each message to all, and the next is published when every subscriber has one of those that are
 * outstanding. The publisher gets its own messages as well; they are checked but not counted.
 */
final class Fanout implements Timed {
    private static final long JOIN_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Client client;
    private final int subscribers;
    private final int outstanding;
    private final int[] missing;
    private final Window window = new Window();
    private final Histogram toEach = Histograms.create();
    private final Histogram toLast = Histograms.create();
    private Link publisher;
    private boolean isStopped;
    private int due;
    private long published;
    private long completed;

    Fanout(Client client, int subscribers, int outstanding) {
        this.client = client;
        this.subscribers = subscribers;
        this.outstanding = outstanding;
        this.missing = new int[Integer.highestOneBit(2 * outstanding - 1)];
    }

    /** A server with a pool of threads may count a connection in only after its client has read the answer to the upgrade. */
    @Override
    public long joinNs() {
        return JOIN_NS;
    }

    @Override
    public int connections() {
        return subscribers + 1;
    }

    @Override
    public int author(int connection) {
        return subscribers;
    }

    @Override
    public void onOpen(Link link, long nowNs) {
        if (link.index() == subscribers) {
            publisher = link;
        }
    }

    @Override
    public void begin(long nowNs) {
        due = outstanding;
    }

    @Override
    public boolean doWork(long nowNs) {
        if (due == 0 || isStopped) {
            return false;
        }
        for (int i = 0; i < due; i++) {
            missing[(int) published++ & missing.length - 1] = subscribers;
        }
        publisher.add(due);
        due = 0;
        publisher.flush();
        return true;
    }

    @Override
    public void onWriting(Link link, long first, long end, long nowNs) {
        for (long i = first; i < end; i++) {
            link.times().put(i, completed, nowNs);
        }
    }

    @Override
    public void onMessage(Link link, long sequence, long nowNs) {
        if (link == publisher) {
            return;
        }
        long latencyNs = nowNs - publisher.times().get(sequence);
        boolean counts = window.contains(nowNs);
        if (counts) {
            Histograms.record(toEach, latencyNs);
        }
        if (--missing[(int) sequence & missing.length - 1] == 0) {
            completed++;
            due++;
            if (counts) {
                Histograms.record(toLast, latencyNs);
            }
        }
    }

    @Override
    public void onReadEnd(Link link) {
        // What is due is published at the end of the turn.
    }

    @Override
    public Window window() {
        return window;
    }

    @Override
    public void stop(long nowNs) {
        isStopped = true;
    }

    @Override
    public boolean isDrained() {
        return completed == published && publisher.expected() == published;
    }

    @Override
    public String unanswered(long nowNs) {
        long late = client.links().stream().filter(link -> link.expected() < published).count();
        return late + " of " + connections() + " connections did not get all of " + published + " broadcasts";
    }

    /** Deliveries. */
    @Override
    public long messages() {
        return toEach.getTotalCount();
    }

    @Override
    public Histogram latency() {
        return toEach;
    }

    /** From the write of a broadcast to the read of the last subscriber. */
    Histogram toLast() {
        return toLast;
    }
}
