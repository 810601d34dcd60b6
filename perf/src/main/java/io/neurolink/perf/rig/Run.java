package io.neurolink.perf.rig;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.HdrHistogram.Histogram;

/** Takes a {@link Timed} workload through its phases. It ends early when something is wrong: what follows a fault says nothing. */
final class Run {
    private static final int OPENING_LIMIT = 128;
    private static final long OPEN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long CLOSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

    /**
     * How long the phases last.
     *
     * @param warmUpNs   load that is not measured
     * @param durationNs the window
     * @param drainNs    time for the last answers
     */
    record Timing(long warmUpNs, long durationNs, long drainNs) {
    }

    private final Client client;
    private final Timed workload;
    private final Timing timing;
    private final CpuMeter meter;
    private final Progress progress;
    private CpuMeter.Busy busy = CpuMeter.Busy.UNKNOWN;
    private double clientIdle = Double.NaN;

    Run(Client client, Timed workload, Timing timing, CpuMeter meter, Progress progress) {
        this.client = client;
        this.workload = workload;
        this.timing = timing;
        this.meter = meter;
        this.progress = progress;
        client.start(workload);
    }

    /** Opens, warms up, measures, waits for the rest, closes. {@link Client#firstError()} tells whether all went well. */
    void run() {
        meter.begin();
        meter.end();
        open(client, workload, progress);
        turnUntil(client.nowNs() + workload.joinNs());
        if (isRight()) {
            workload.begin(client.nowNs());
            warmUp();
            measure();
            drain();
        }
        if (isRight() && workload.shortfall() != null) {
            client.fail(workload.shortfall());
        }
        closeAll(client, progress);
    }

    private boolean isRight() {
        return client.firstError() == null;
    }

    /** Opens all connections of a workload, a limited number at a time. */
    static void open(Client client, Timed workload, Progress progress) {
        open(client, workload.connections(), workload::author, progress);
    }

    /**
     * Opens connections, a limited number at a time.
     *
     * @param author tells whose messages come in on a connection.
     */
    static void open(Client client, int count, IntUnaryOperator author, Progress progress) {
        progress.phase("connections opened:");
        long before = client.openCount();
        long deadlineNs = client.nowNs() + OPEN_TIMEOUT_NS;
        int begun = 0;
        while (client.openCount() - before < count && client.firstError() == null) {
            while (begun < count && begun - (client.openCount() - before) < OPENING_LIMIT) {
                client.connect(begun, author.applyAsInt(begun));
                begun++;
            }
            long nowNs = client.turn();
            progress.tell(nowNs, client.openCount() - before);
            if (nowNs - deadlineNs >= 0) {
                client.fail("only " + (client.openCount() - before) + " of " + count + " connections opened within 30 s");
            }
        }
    }

    private void warmUp() {
        progress.phase("warm-up, messages measured:");
        turnUntil(client.nowNs() + timing.warmUpNs);
    }

    private void turnUntil(long endNs) {
        long nowNs = client.turn();
        while (nowNs - endNs < 0 && isRight()) {
            progress.tell(nowNs, workload.messages());
            nowNs = client.turn();
        }
    }

    private void measure() {
        if (!isRight()) {
            return;
        }
        progress.phase("messages measured:");
        meter.begin();
        long startNs = client.nowNs() + workload.settleNs();
        long endNs = startNs + timing.durationNs;
        workload.window().set(startNs, endNs);
        turnUntil(startNs);
        long idleNs = client.idleNs();
        turnUntil(endNs);
        clientIdle = Math.min(1, (client.idleNs() - idleNs) / (double) timing.durationNs);
        workload.stop(endNs);
        if (workload.settleNs() == 0) {
            busy = meter.end();
        }
    }

    private void drain() {
        progress.phase("the last answers, messages measured:");
        long deadlineNs = client.nowNs() + timing.drainNs;
        while (isRight() && !workload.isDrained()) {
            long nowNs = client.turn();
            progress.tell(nowNs, workload.messages());
            if (nowNs - deadlineNs >= 0) {
                client.fail(workload.unanswered(nowNs) + " within " + timing.drainNs / 1e9 + " s");
            }
        }
        if (workload.settleNs() != 0 && workload.window().seconds() > 0) {
            busy = meter.end();
        }
    }

    /** Closes what is open, in order, but does not wait for long. */
    static void closeAll(Client client, Progress progress) {
        progress.phase("closed:");
        long deadlineNs = client.nowNs() + CLOSE_TIMEOUT_NS;
        client.links().forEach(Link::sendClose);
        while (!client.links().isEmpty() && client.nowNs() - deadlineNs < 0) {
            progress.tell(client.turn(), client.endedCount());
        }
        client.links().forEach(Link::end);
    }

    /**
     * What was found.
     *
     * @param setup   what was run.
     * @param sendLag how late the client was, or null.
     * @param more    figures of this workload alone.
     */
    RigResult result(RigResult.Setup setup, Histogram sendLag, Map<String, Object> more) {
        return new RigResult(setup, workload.window().seconds(), workload.messages(), client.firstError(), workload.latency(), sendLag,
                clientIdle, busy, more);
    }
}
