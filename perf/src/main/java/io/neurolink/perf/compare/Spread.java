package io.neurolink.perf.compare;

import java.util.Arrays;

/**
 * Numbers, summed up.
 *
 * @param count how many; the rest is NaN if there are none
 */
record Spread(int count, double min, double lowerQuartile, double median, double upperQuartile, double max) {
    /** @param values in any order; NaN counts as not there. */
    static Spread of(double... values) {
        double[] sorted = Arrays.stream(values).filter(value -> !Double.isNaN(value)).sorted().toArray();
        return new Spread(sorted.length, quantile(sorted, 0), quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75),
                quantile(sorted, 1));
    }

    /** Between two values on the straight line between them. */
    private static double quantile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    boolean isEmpty() {
        return count == 0;
    }
}
