package io.neurolink.perf.rig;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Messages at a fixed rate, whether answers come or not, round robin over the connections. A time counts from when the message should have
 * been sent, so a server, or a client, that stalls is charged for everything that had to wait meanwhile.
 */
final class OpenLoop implements Timed {
    /** Share of the wanted rate below which a run is not valid. */
    static final double MIN_ACHIEVED = 0.99;

    /** A message that is due at the very end is answered after it. */
    private static final int EDGE = 1;
    private static final int TURN_LIMIT = 64;
    private static final long SETTLE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Client client;
    private final int connections;
    private final double rate;
    private final double intervalNs;
    private final Window window = new Window();
    private final Histogram latency = Histograms.create();
    private final Histogram sendLag = Histograms.create();
    private List<Link> links = List.of();
    private boolean isRunning;
    private boolean isStopped;
    private long beginNs;
    private long stopNs;
    private long scheduled;
    private long unanswered;
    private long wanted;
    private long answeredInTime;

    /** @param rate messages a second over all connections, more than 0. */
    OpenLoop(Client client, int connections, double rate) {
        this.client = client;
        this.connections = connections;
        this.rate = rate;
        this.intervalNs = 1e9 / rate;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public long settleNs() {
        return SETTLE_NS;
    }

    @Override
    public void onOpen(Link link, long nowNs) {
        // The schedule begins when all are there.
    }

    @Override
    public void begin(long nowNs) {
        links = client.links();
        beginNs = nowNs;
        isRunning = true;
    }

    /** Sends what is due; after a pause not all of it at once, so that answers are read in time too. */
    @Override
    public boolean doWork(long nowNs) {
        if (!isRunning) {
            return false;
        }
        long first = scheduled;
        long dueNs = dueNs(scheduled);
        while (dueNs - nowNs <= 0 && scheduled - first < TURN_LIMIT && !(isStopped && dueNs - stopNs >= 0)) {
            schedule(dueNs);
            dueNs = dueNs(scheduled);
        }
        long touched = Math.min(scheduled - first, links.size());
        for (long i = first; i < first + touched; i++) {
            link(i).flush();
        }
        return scheduled > first;
    }

    private long dueNs(long number) {
        return beginNs + (long) (number * intervalNs);
    }

    private Link link(long number) {
        return links.get((int) (number % links.size()));
    }

    private void schedule(long dueNs) {
        Link link = link(scheduled++);
        link.times().put(link.nextNumber(), link.expected(), dueNs);
        link.add(1);
        unanswered++;
        if (window.contains(dueNs)) {
            wanted++;
        }
    }

    @Override
    public void onWriting(Link link, long first, long end, long nowNs) {
        for (long i = first; i < end; i++) {
            long dueNs = link.times().get(i);
            if (window.contains(dueNs)) {
                Histograms.record(sendLag, nowNs - dueNs);
            }
        }
    }

    @Override
    public void onMessage(Link link, long sequence, long nowNs) {
        long dueNs = link.times().get(sequence);
        unanswered--;
        if (window.contains(dueNs)) {
            Histograms.record(latency, nowNs - dueNs);
        }
        if (window.contains(nowNs)) {
            answeredInTime++;
        }
    }

    @Override
    public void onReadEnd(Link link) {
        // An answer causes nothing.
    }

    @Override
    public Window window() {
        return window;
    }

    @Override
    public void stop(long nowNs) {
        isStopped = true;
        stopNs = nowNs;
    }

    /** What was due before the end is sent even if the client was late. */
    @Override
    public boolean isDrained() {
        return unanswered == 0 && dueNs(scheduled) - stopNs >= 0;
    }

    /** Counts the rest with the time it has been out. */
    @Override
    public String unanswered(long nowNs) {
        for (Link link : links) {
            for (long i = link.expected(); i < link.nextNumber(); i++) {
                if (window.contains(link.times().get(i))) {
                    Histograms.record(latency, nowNs - link.times().get(i));
                }
            }
        }
        return unanswered + " messages were not answered";
    }

    @Override
    public String shortfall() {
        if (answeredInTime < (long) (MIN_ACHIEVED * wanted) - EDGE) {
            return String.format(Locale.ROOT, "the rate was missed: %.0f answers a second of %.0f", answeredInTime / window.seconds(),
                    rate);
        }
        return latency.getTotalCount() == wanted ? null : latency.getTotalCount() + " of " + wanted + " messages were answered";
    }

    /** Messages that were ever due. */
    long scheduled() {
        return scheduled;
    }

    /** Messages that are out. */
    long unanswered() {
        return unanswered;
    }

    @Override
    public long messages() {
        return window.seconds() > 0 ? answeredInTime : 0;
    }

    @Override
    public Histogram latency() {
        return latency;
    }

    /** How late messages were handed to the socket. */
    Histogram sendLag() {
        return sendLag;
    }
}
