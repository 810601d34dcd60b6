package io.neurolink.perf.rig;

import java.util.Arrays;

/** When messages that are not answered yet were sent, or should have been. Grows to the most that were ever unanswered at once. */
final class SendTimes {
    private static final int MIN_CAPACITY = 16;

    private long[] ring = new long[MIN_CAPACITY];

    /**
     * @param sequence number of the message.
     * @param oldest   number of the first that is not answered.
     * @param timeNs   its time.
     */
    void put(long sequence, long oldest, long timeNs) {
        if (sequence - oldest >= ring.length) {
            grow(oldest, sequence);
        }
        ring[(int) sequence & ring.length - 1] = timeNs;
    }

    long get(long sequence) {
        return ring[(int) sequence & ring.length - 1];
    }

    private void grow(long oldest, long sequence) {
        long[] larger = Arrays.copyOf(ring, 2 * ring.length);
        for (long i = oldest; i < sequence; i++) {
            larger[(int) i & larger.length - 1] = get(i);
        }
        ring = larger;
    }
}
