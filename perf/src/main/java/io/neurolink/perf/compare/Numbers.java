package io.neurolink.perf.compare;

import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {
    static final String NONE = "-";

    private Numbers() {
    }

    /** With as many digits as mean something: {@code 123,457}, {@code 12.3}, {@code 1.23}. */
    static String plain(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }

    /** Short, for axes and bars: {@code 124k}, {@code 1.2M}. */
    static String brief(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        if (Math.abs(value) >= 999_500) {
            return three(value / 1e6) + "M";
        }
        return Math.abs(value) >= 9_995 ? three(value / 1e3) + "k" : plain(value);
    }

    /** A time in nanoseconds with its unit. */
    static String time(double ns) {
        if (Double.isNaN(ns)) {
            return NONE;
        }
        if (ns >= 999.5e6) {
            return three(ns / 1e9) + " s";
        }
        return ns >= 999.5e3 ? three(ns / 1e6) + " ms" : ns >= 999.5 ? three(ns / 1e3) + " µs" : three(ns) + " ns";
    }

    /** Bytes with their unit. */
    static String bytes(double bytes) {
        if (Double.isNaN(bytes)) {
            return NONE;
        }
        return Math.abs(bytes) >= 1023.5 ? three(bytes / 1024) + " KiB" : String.format(Locale.ROOT, "%.0f B", bytes);
    }

    static String percent(double share) {
        return Double.isNaN(share) ? NONE : String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    static String ratio(double ratio) {
        return Double.isNaN(ratio) ? NONE : String.format(Locale.ROOT, ratio >= 99.5 ? "%.0f" : ratio >= 9.95 ? "%.1f" : "%.2f", ratio);
    }

    /** A median with the smallest and the largest: {@code 2.31 (1.90..2.60)}. */
    static String ratio(Spread spread) {
        if (spread.isEmpty()) {
            return NONE;
        }
        String median = ratio(spread.median());
        return spread.count() == 1 ? median : median + " (" + ratio(spread.min()) + ".." + ratio(spread.max()) + ")";
    }

    private static String three(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 99.95 ? "%,.0f" : size >= 9.995 ? "%.1f" : "%.2f", value);
    }
}
