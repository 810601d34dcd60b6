package io.neurolink.perf.rig;

/** The time that is measured; empty until it is set. */
final class Window {
    private boolean isSet;
    private long startNs;
    private long endNs;

    void set(long newStartNs, long newEndNs) {
        isSet = true;
        startNs = newStartNs;
        endNs = newEndNs;
    }

    boolean contains(long timeNs) {
        return isSet && timeNs - startNs >= 0 && timeNs - endNs < 0;
    }

    long startNs() {
        return startNs;
    }

    long endNs() {
        return endNs;
    }

    /** How long it is; 0 if it was never set. */
    double seconds() {
        return (endNs - startNs) / 1e9;
    }
}
