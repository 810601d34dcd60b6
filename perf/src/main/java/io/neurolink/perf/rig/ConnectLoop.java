package io.neurolink.perf.rig;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** In each of so many slots: TCP connect, upgrade, close handshake, and again. */
final class ConnectLoop implements Timed {
    private final Client client;
    private final int slots;
    private final Window window = new Window();
    private final Histogram latency = Histograms.create();
    private boolean isRunning;
    private int next;
    private long begun;
    private long closed;

    ConnectLoop(Client client, int slots) {
        this.client = client;
        this.slots = slots;
    }

    @Override
    public int connections() {
        return 0;
    }

    @Override
    public void begin(long nowNs) {
        isRunning = true;
    }

    @Override
    public boolean doWork(long nowNs) {
        if (!isRunning || begun - closed == slots) {
            return false;
        }
        while (begun - closed < slots && client.firstError() == null) {
            client.connect(next, next);
            next = next + 1 & 0x7FFF;
            begun++;
        }
        return true;
    }

    @Override
    public void onOpen(Link link, long nowNs) {
        link.sendClose();
    }

    @Override
    public void onClosed(Link link, long nowNs) {
        closed++;
        if (window.contains(nowNs)) {
            Histograms.record(latency, nowNs - link.openedNs());
        }
    }

    @Override
    public void onWriting(Link link, long first, long end, long nowNs) {
        throw new IllegalStateException("no message is sent");
    }

    @Override
    public void onMessage(Link link, long sequence, long nowNs) {
        client.fail(link, "a message came in although none was sent");
    }

    @Override
    public void onReadEnd(Link link) {
        // Nothing is sent but the close frame.
    }

    @Override
    public Window window() {
        return window;
    }

    @Override
    public void stop(long nowNs) {
        isRunning = false;
    }

    @Override
    public boolean isDrained() {
        return begun == closed;
    }

    @Override
    public String unanswered(long nowNs) {
        Link oldest = client.links().get(0);
        return begun - closed + " connections were not closed, the oldest after " + TimeUnit.NANOSECONDS.toMillis(nowNs - oldest.openedNs())
                + " ms, as it was " + oldest.state();
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
