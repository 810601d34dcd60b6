package io.neurolink.perf.compare;

import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** A line for each cell, with what is left. One thread. */
final class ProgressLines {
    private static final double LEAST_SHARE = 0.3;

    private final int total;
    private final double estimatedSeconds;
    private final Consumer<String> out;
    private final LongSupplier clockNs;
    private final long beginNs;
    private int done;

    ProgressLines(Plan plan, Consumer<String> out, LongSupplier clockNs) {
        this.total = plan.cellCount();
        this.estimatedSeconds = plan.estimatedSeconds();
        this.out = out;
        this.clockNs = clockNs;
        this.beginNs = clockNs.getAsLong();
    }

    void taken(Cell cell) {
        done++;
        out.accept(String.format(Locale.ROOT, "%4d/%d  round %-2d %-9s %-14s %s  (%s)", done, total, cell.round(), cell.workload(),
                cell.server(), figures(cell), left()));
    }

    private static String figures(Cell cell) {
        if (!cell.isOk()) {
            return "FAILED: " + cell.complaint();
        }
        if (!Double.isNaN(Metric.RSS_OPEN.of(cell))) {
            return String.format(Locale.ROOT, "%10s resident a connection, %s after an echo, live heap %s",
                    Numbers.bytes(Metric.RSS_OPEN.of(cell)), Numbers.bytes(Metric.RSS_TOUCHED.of(cell)),
                    Numbers.bytes(Metric.HEAP_OPEN.of(cell)));
        }
        return String.format(Locale.ROOT, "%10s/s  CPU %8s  p50 %8s  p99 %8s  busy %5s  others %4s%s",
                Numbers.plain(Metric.PER_SECOND.of(cell)), Numbers.time(Metric.CPU_NS.of(cell)),
                Numbers.time(Metric.P50_NS.of(cell)), Numbers.time(Metric.P99_NS.of(cell)),
                Numbers.percent(Metric.SERVER_BUSY.of(cell)), Numbers.percent(Metric.OTHERS_BUSY.of(cell)),
                cell.tries() > 1 ? "  try " + cell.tries() : "");
    }

    /** The pace so far counts once a part of the way is done; before it is mostly the starts of the servers. */
    private String left() {
        double share = (double) done / total;
        double elapsed = (clockNs.getAsLong() - beginNs) / 1e9;
        double seconds = (1 - share) * Math.max(estimatedSeconds, elapsed / Math.max(share, LEAST_SHARE));
        if (done == total) {
            return "done";
        }
        return seconds >= 90 ? String.format(Locale.ROOT, "about %.0f min left", seconds / 60)
                : String.format(Locale.ROOT, "about %.0f s left", seconds);
    }
}
