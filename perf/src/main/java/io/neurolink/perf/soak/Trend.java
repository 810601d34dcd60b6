package io.neurolink.perf.soak;

import java.util.Arrays;

/** Whether values grow, whatever some of them are: the median of the slopes between all pairs (Theil and Sen). */
final class Trend {
    private Trend() {
    }

    /**
     * @param seconds when each value was taken, growing.
     * @param values  as many.
     * @return growth per second, 0 for less than two values.
     */
    static double slope(double[] seconds, double[] values) {
        int count = seconds.length;
        if (count < 2) {
            return 0;
        }
        double[] slopes = new double[count * (count - 1) / 2];
        int next = 0;
        for (int i = 0; i < count; i++) {
            for (int j = i + 1; j < count; j++) {
                slopes[next++] = (values[j] - values[i]) / (seconds[j] - seconds[i]);
            }
        }
        Arrays.sort(slopes);
        return (slopes[(slopes.length - 1) / 2] + slopes[slopes.length / 2]) / 2;
    }
}
