package io.neurolink.perf.rig;

import org.HdrHistogram.Histogram;

/** As many messages in flight on each connection as are wanted: an answer makes room for the next. */
final class ClosedLoop implements Timed {
    private final Client client;
    private final int connections;
    private final int inFlight;
    private final Window window = new Window();
    private final Histogram latency = Histograms.create();
    private boolean isStopped;
    private long unanswered;

    ClosedLoop(Client client, int connections, int inFlight) {
        this.client = client;
        this.connections = connections;
        this.inFlight = inFlight;
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public void onOpen(Link link, long nowNs) {
        // All begin together.
    }

    @Override
    public void begin(long nowNs) {
        for (Link link : client.links()) {
            link.add(inFlight);
            unanswered += inFlight;
            link.flush();
        }
    }

    @Override
    public void onWriting(Link link, long first, long end, long nowNs) {
        for (long i = first; i < end; i++) {
            link.times().put(i, link.expected(), nowNs);
        }
    }

    @Override
    public void onMessage(Link link, long sequence, long nowNs) {
        if (window.contains(nowNs)) {
            Histograms.record(latency, nowNs - link.times().get(sequence));
        }
        if (isStopped) {
            unanswered--;
        } else {
            link.add(1);
        }
    }

    @Override
    public void onReadEnd(Link link) {
        link.flush();
    }

    @Override
    public boolean doWork(long nowNs) {
        return false;
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
        return unanswered == 0;
    }

    @Override
    public String unanswered(long nowNs) {
        Link one = client.links().stream().filter(link -> link.expected() < link.nextNumber()).findFirst().orElseThrow();
        return unanswered + " messages were not answered, message " + one.expected() + " of connection " + one.index() + " among them";
    }

    @Override
    public long messages() {
        return latency.getTotalCount();
    }

    @Override
    public Histogram latency() {
        return latency;
    }
}
