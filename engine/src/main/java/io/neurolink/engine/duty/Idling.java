package io.neurolink.engine.duty;

import org.agrona.concurrent.IdleStrategy;

/**
 * Decides after every cycle whether to go on at once or to sleep; the sleep itself is the duty's {@link Parkable#park()}. Belongs to the
 * duty's thread.
 *
 * <p>It does not yield in between. Where others want the processor, a scheduler may let them have it for milliseconds until a thread that
 * yielded has its turn again; a thread that sleeps has it soon after it is woken. Linux does so.
 */
public final class Idling implements IdleStrategy {

    /** For loops. A cycle asks the system what is ready, so these last about as long as a peer on the same machine takes to answer. */
    public static final int LOOP_SPINS = 96;

    /** For workers. One that spins for long may keep from the processor the very loop that would bring it work. */
    public static final int WORKER_SPINS = 32;

    private final IdleMode mode;
    private final Parkable parkable;
    private final int maxSpins;
    private int spins;

    /**
     * Creates a strategy that does not spin first.
     *
     * @param mode     any mode but {@link IdleMode#AUTO}; {@link IdleMode#BACKOFF} is as {@link IdleMode#BLOCKING} then.
     * @param parkable sleeps; not used by {@link IdleMode#BUSY_SPIN}.
     */
    public Idling(IdleMode mode, Parkable parkable) {
        this(mode, parkable, 0);
    }

    /**
     * Creates a strategy.
     *
     * @param mode     any mode but {@link IdleMode#AUTO}, which has to be resolved first.
     * @param parkable sleeps; not used by {@link IdleMode#BUSY_SPIN}.
     * @param maxSpins cycles without work before {@link IdleMode#BACKOFF} sleeps, 0 or more. The other modes do not use it.
     */
    public Idling(IdleMode mode, Parkable parkable, int maxSpins) {
        if (mode == IdleMode.AUTO) {
            throw new IllegalArgumentException("resolve AUTO first");
        }
        if (maxSpins < 0) {
            throw new IllegalArgumentException("maxSpins must be 0 or more: " + maxSpins);
        }
        this.mode = mode;
        this.parkable = parkable;
        this.maxSpins = mode == IdleMode.BACKOFF ? maxSpins : 0;
    }

    @Override
    public void idle(int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        if (mode == IdleMode.BUSY_SPIN) {
            Thread.onSpinWait();
        } else if (spins < maxSpins) {
            spins++;
            Thread.onSpinWait();
        } else {
            parkable.park();
        }
    }

    @Override
    public void reset() {
        spins = 0;
    }

    @Override
    public String alias() {
        return mode.name();
    }

    @Override
    public String toString() {
        return mode == IdleMode.BACKOFF ? mode + "{maxSpins=" + maxSpins + '}' : mode.name();
    }
}
