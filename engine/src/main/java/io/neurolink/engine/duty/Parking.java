package io.neurolink.engine.duty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets one consumer sleep and many producers wake it, without a lost wake-up and without a redundant one.
 *
 * <pre>
 *            prepareToPark()                 tryPark()
 *   AWAKE ────────────────────▶ PARKING ────────────────────▶ PARKED
 *     ▲                            │                             │
 *     │   wakeUp(): no action      │                             │
 *     ├────────────────────────────┘   wakeUp(): action runs     │
 *     ├──────────────────────────────────────────────────────────┤
 *     └──────────────────────────────────────────────────────────┘ awake()
 * </pre>
 *
 * The consumer announces that it wants to sleep, <em>then</em> looks at its queues for the last time, and sleeps only if nobody called
 * {@link #wakeUp()} in between. A producer publishes, <em>then</em> looks at the state. Both steps are separated by a full fence on both
 * sides, so at least one of the two sees the other: the consumer finds the message or the producer finds a consumer to wake.
 *
 * <p>{@code prepareToPark}, {@code tryPark}, {@code park} and {@code awake} belong to the consumer's thread; {@code wakeUp} to any
 * thread.
 */
public final class Parking {

    private static final long AWAKE = 0;
    private static final long PARKING = 1;
    private static final long PARKED = 2;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(PaddedState.class, "state", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final PaddedState cell = new PaddedState();
    private final Runnable wakeUpAction;

    /**
     * Creates the machine in its awake state.
     *
     * @param wakeUpAction what really ends the consumer's sleep, for instance {@code selector::wakeup}; called on a producer's thread,
     *                     and only for a consumer that is parked. It must work too when the consumer is about to sleep but does not
     *                     sleep yet, as {@code Selector.wakeup} and {@code LockSupport.unpark} do.
     */
    public Parking(Runnable wakeUpAction) {
        this.wakeUpAction = wakeUpAction;
    }

    /** Announces that the consumer is going to sleep. It looks at all its queues after this call and before {@link #tryPark()}. */
    public void prepareToPark() {
        STATE.setOpaque(cell, PARKING);
        VarHandle.fullFence();
    }

    /**
     * Goes from preparing to parked.
     *
     * @return false if somebody called {@link #wakeUp()} since {@link #prepareToPark()}: do not sleep, the state is awake again.
     */
    public boolean tryPark() {
        return STATE.compareAndSet(cell, PARKING, PARKED);
    }

    /**
     * Says that the consumer is up, after its sleep or instead of it. Cheap when it is awake already, so it may be called from inside the
     * sleep.
     */
    public void awake() {
        if ((long) STATE.getOpaque(cell) != AWAKE) {
            STATE.setRelease(cell, AWAKE);
        }
    }

    /**
     * Sleeps once, after {@link #prepareToPark()} and a last look at the queues, and is awake afterwards.
     *
     * @param action    how to sleep.
     * @param timeoutNs the longest sleep in nanoseconds; 0 or less means no sleep.
     */
    public void park(ParkAction action, long timeoutNs) {
        try {
            if (timeoutNs > 0 && tryPark()) {
                action.park(timeoutNs);
            }
        } finally {
            awake();
        }
    }

    /**
     * Wakes the consumer if it sleeps or is going to. Call it after publishing; one call after several publications is enough. Costs a
     * fence and a read when the consumer is awake.
     */
    public void wakeUp() {
        VarHandle.fullFence();
        if ((long) STATE.getOpaque(cell) != AWAKE) {
            wakeUpSlowPath();
        }
    }

    private void wakeUpSlowPath() {
        if ((long) STATE.getAndSet(cell, AWAKE) == PARKED) {
            wakeUpAction.run();
        }
    }

    /** True while the consumer sleeps or is about to. Any thread; a hint for tests and status pages. */
    public boolean isParked() {
        return (long) STATE.getAcquire(cell) == PARKED;
    }

    private abstract static class State extends LeftPadding {
        long state;
    }

    private static final class PaddedState extends State {
        @SuppressWarnings("unused")
        private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15;
    }
}
