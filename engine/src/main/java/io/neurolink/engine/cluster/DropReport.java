package io.neurolink.engine.cluster;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/** Tells of messages that were dropped: the listener at every heartbeat, the log not that often. The cluster's thread. */
final class DropReport {
    private static final System.Logger LOGGER = System.getLogger("io.neurolink.engine.cluster");
    private static final long LOG_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final CounterSet own;
    private final CounterSet shared;
    private long toldOut;
    private long toldIn;
    private long loggedOut;
    private long loggedIn;

    /** Null before the first line. */
    private Long loggedNs;

    DropReport(CounterSet own, CounterSet shared) {
        this.own = own;
        this.shared = shared;
    }

    private long count(EngineCounter counter) {
        return own.get(counter) + shared.get(counter);
    }

    /** @return messages for other nodes that were dropped so far. */
    long out() {
        return count(EngineCounter.CLUSTER_DROPPED_OUT);
    }

    void report(ClusterNode node, long nowNs) {
        long out = out();
        long in = count(EngineCounter.CLUSTER_DROPPED_IN);
        if (out != toldOut || in != toldIn) {
            long newOut = out - toldOut;
            long newIn = in - toldIn;
            toldOut = out;
            toldIn = in;
            node.tell(listener -> listener.onDropped(newOut, newIn));
        }
        boolean isDue = loggedNs == null || nowNs - loggedNs >= LOG_INTERVAL_NS;
        if (isDue && (out != loggedOut || in != loggedIn)) {
            LOGGER.log(Level.WARNING, "messages between nodes were dropped: " + (out - loggedOut) + " for other nodes, " + (in - loggedIn)
                    + " of theirs");
            loggedNs = nowNs;
            loggedOut = out;
            loggedIn = in;
        }
    }
}
