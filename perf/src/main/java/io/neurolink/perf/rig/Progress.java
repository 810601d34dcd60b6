package io.neurolink.perf.rig;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/** Says about once a second how a run is going. */
final class Progress {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final PrintWriter out;
    private final String name;
    private String phase = "";
    private long begunNs;
    private long dueNs;
    private boolean isBegun;

    /**
     * @param out  where to, or null to say nothing.
     * @param name begins each line.
     */
    Progress(PrintWriter out, String name) {
        this.out = out;
        this.name = name;
    }

    /** Names what is done from now on. */
    void phase(String newPhase) {
        phase = newPhase;
    }

    /** Says a line if one is due. @param count what has been counted so far. */
    void tell(long nowNs, long count) {
        if (out == null) {
            return;
        }
        if (!isBegun) {
            isBegun = true;
            begunNs = nowNs;
            dueNs = nowNs + INTERVAL_NS;
        }
        if (nowNs - dueNs >= 0) {
            dueNs += INTERVAL_NS;
            out.printf("%s %4d s  %s  %d%n", name, TimeUnit.NANOSECONDS.toSeconds(nowNs - begunNs), phase, count);
            out.flush();
        }
    }
}
