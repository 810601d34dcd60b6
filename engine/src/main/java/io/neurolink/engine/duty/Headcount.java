package io.neurolink.engine.duty;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many are there of each kind, with a limit that is never passed, however many threads enter at the same time. A kind of which nobody
 * is there takes no memory.
 *
 * @param <K> the kind; its {@code hashCode} may be known to an adversary if it is {@link Comparable}.
 */
public final class Headcount<K> {
    private final Map<K, Integer> counts = new ConcurrentHashMap<>();

    /**
     * Counts one in. Any thread.
     *
     * @param kind  whose count.
     * @param limit how many there may be.
     * @return false if there are as many already.
     */
    public boolean tryEnter(K kind, int limit) {
        while (true) {
            Integer before = counts.putIfAbsent(kind, 1);
            if (before == null) {
                return true;
            }
            if (before >= limit) {
                return false;
            }
            if (counts.replace(kind, before, before + 1)) {
                return true;
            }
        }
    }

    /**
     * Counts one out that was counted in. Any thread.
     *
     * @param kind whose count.
     */
    public void leave(K kind) {
        counts.computeIfPresent(kind, (same, count) -> count == 1 ? null : count - 1);
    }

    /**
     * @param kind whose count.
     * @return how many are there.
     */
    public int of(K kind) {
        return counts.getOrDefault(kind, 0);
    }

    /** @return of how many kinds there is at least one. */
    public int kinds() {
        return counts.size();
    }
}
