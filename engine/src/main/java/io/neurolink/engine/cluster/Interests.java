package io.neurolink.engine.cluster;

import io.neurolink.engine.duty.Headcount;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Which subjects somebody on this node wants. Any thread comes and goes; the cluster's thread subscribes and unsubscribes, once for all and
 * not at all where somebody came and went meanwhile. What waits for it is as much as subjects have changed.
 */
final class Interests {
    private final Headcount<String> wanted = new Headcount<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    /** What the bus was told; the cluster's thread. */
    private final Set<String> subscribed = new HashSet<>();

    /** Any thread. @return whether the cluster's thread has something to do. */
    boolean add(String subject) {
        wanted.tryEnter(subject, Integer.MAX_VALUE);
        return changed.add(subject);
    }

    /** Any thread. @return whether the cluster's thread has something to do. */
    boolean remove(String subject) {
        wanted.leave(subject);
        return changed.add(subject);
    }

    boolean isSettled() {
        return changed.isEmpty();
    }

    /**
     * Tells the bus what has changed; the cluster's thread.
     *
     * @return how many subjects were looked at.
     */
    int settle(int limit, Consumer<String> subscribe, Consumer<String> unsubscribe) {
        int count = 0;
        for (var subjects = changed.iterator(); count < limit && subjects.hasNext(); count++) {
            String subject = subjects.next();
            // Before the look: who comes from now on is seen in the next turn.
            subjects.remove();
            boolean isWanted = wanted.of(subject) > 0;
            if (isWanted && subscribed.add(subject)) {
                subscribe.accept(subject);
            } else if (!isWanted && subscribed.remove(subject)) {
                unsubscribe.accept(subject);
            }
        }
        return count;
    }

    int subscriptions() {
        return subscribed.size();
    }
}
