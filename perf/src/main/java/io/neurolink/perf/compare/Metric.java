package io.neurolink.perf.compare;

/** What cells are compared by. */
enum Metric {
    /** Messages, deliveries or connects a second. */
    PER_SECOND("perSecond"),
    /** Processor time of the server for each of them, in nanoseconds. */
    CPU_NS("serverCpuNsPerMessage"),
    /** Half of them took at most this, in nanoseconds. */
    P50_NS("latencyNs", "p50"),
    /** 99 % of them took at most this, in nanoseconds. */
    P99_NS("latencyNs", "p99"),
    /** 99.9 % of them took at most this, in nanoseconds. */
    P999_NS("latencyNs", "p999"),
    /** Share of a core the server used. */
    SERVER_BUSY("serverBusy"),
    /** Share of the time in which the load client had nothing to do. */
    CLIENT_IDLE("clientIdle"),
    /** Share of a core that everybody else used. */
    OTHERS_BUSY("othersBusy"),
    /** Resident bytes for each open connection. */
    RSS_OPEN("perConnection", "rssOpen"),
    /** The same after one echo on each. */
    RSS_TOUCHED("perConnection", "rssTouched"),
    /** Live bytes of the Java heap for each open connection. */
    HEAP_OPEN("perConnection", "heapOpen"),
    /** The same after one echo on each. */
    HEAP_TOUCHED("perConnection", "heapTouched");

    private final String[] path;

    Metric(String... path) {
        this.path = path;
    }

    double of(Cell cell) {
        return cell.number(path);
    }
}
