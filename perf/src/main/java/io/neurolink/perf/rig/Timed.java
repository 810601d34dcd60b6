package io.neurolink.perf.rig;

import org.HdrHistogram.Histogram;

/** A workload with a warm-up, a measured window, and an end at which everything must have been answered. */
interface Timed extends Workload {
    /** Connections to open before it begins. */
    int connections();

    /** Whose messages come in on a connection. */
    default int author(int connection) {
        return connection;
    }

    /** All connections are open. */
    void begin(long nowNs);

    /** What is measured: {@link Window#set} begins it. */
    Window window();

    /** Pause between the last upgrade and the first message. */
    default long joinNs() {
        return 0;
    }

    /** Pause between looking at the server's processor time and the window, for what the look has delayed to be caught up. */
    default long settleNs() {
        return 0;
    }

    /** Nothing new is begun from now on. */
    void stop(long nowNs);

    /** Whether nothing is unanswered. */
    boolean isDrained();

    /** What is still unanswered, as text; called once, after the time for the rest has run out. */
    String unanswered(long nowNs);

    /** What is wrong with a run in which every answer was right; null if nothing is. */
    default String shortfall() {
        return null;
    }

    /** Messages, or what else is counted, within the window. */
    long messages();

    /** Times of what was counted, in nanoseconds. */
    Histogram latency();
}
