package io.neurolink.agent.session;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.NanoClock;

/**
 * Runs that have ended, in the order in which they did, until their time is over or their memory is needed. Each is in the line of all and
 * in that of its owner; who is taken from one leaves an empty place in the other, which goes when it comes to the front. Any thread.
 */
final class KeptRuns {
    private final ScheduledExecutorService scheduler;
    private final NanoClock clock;
    private final long ttlNs;
    private final Line all = new Line();
    private final AtomicBoolean isTimerArmed = new AtomicBoolean();

    /**
     * @param ttlNs how long a run is kept.
     */
    KeptRuns(ScheduledExecutorService scheduler, NanoClock clock, long ttlNs) {
        this.scheduler = scheduler;
        this.clock = clock;
        this.ttlNs = ttlNs;
    }

    /** Puts a run at the end of both lines. */
    Place add(Run run, Line ofOwner) {
        Place place = new Place(run, clock.nanoTime() + ttlNs, ofOwner);
        ofOwner.places.add(place);
        all.places.add(place);
        armTimer(ttlNs);
        return place;
    }

    /** The line of all runs. */
    Line all() {
        return all;
    }

    private void armTimer(long delayNs) {
        if (isTimerArmed.compareAndSet(false, true)) {
            scheduler.schedule(this::expire, Math.max(1, delayNs), TimeUnit.NANOSECONDS);
        }
    }

    private void expire() {
        isTimerArmed.set(false);
        Place oldest = all.places.peek();
        while (oldest != null && oldest.deadlineNs - clock.nanoTime() <= 0) {
            all.places.remove(oldest);
            oldest.evict();
            oldest = all.places.peek();
        }
        if (oldest != null) {
            armTimer(oldest.deadlineNs - clock.nanoTime());
        }
    }

    /** Runs that have ended, oldest first. */
    static final class Line {
        private final ConcurrentLinkedQueue<Place> places = new ConcurrentLinkedQueue<>();

        /** Has the oldest run forgotten. @return false if there is none. */
        boolean evictOldest() {
            Place oldest = places.poll();
            if (oldest == null) {
                return false;
            }
            oldest.evict();
            return true;
        }

        private void dropEmptyPlaces() {
            Place oldest = places.peek();
            while (oldest != null && oldest.run.get() == null) {
                places.remove(oldest);
                oldest = places.peek();
            }
        }
    }

    /** Place of one run in both lines. */
    final class Place {
        private final AtomicReference<Run> run;
        private final long deadlineNs;
        private final Line ofOwner;

        private Place(Run run, long deadlineNs, Line ofOwner) {
            this.run = new AtomicReference<>(run);
            this.deadlineNs = deadlineNs;
            this.ofOwner = ofOwner;
        }

        /** Has the run forgotten, now or soon. */
        void evict() {
            Run evicted = run.getAndSet(null);
            ofOwner.dropEmptyPlaces();
            all.dropEmptyPlaces();
            if (evicted != null) {
                evicted.evict();
            }
        }
    }
}
