package io.neurolink.engine.duty;

import org.agrona.concurrent.IdleStrategy;

/**
 * Decides after every cycle whether to go on at once, to spin, to yield or to sleep; the sleep itself is the duty's {@link
 * Parkable#park()}. Belongs to the duty's thread.
 */
public final class Idling implements IdleStrategy {

    /** Cycles without work before {@link IdleMode#BACKOFF} yields. */
    public static final int DEFAULT_MAX_SPINS = 64;

    /** Cycles without work, after the spinning ones, before {@link IdleMode#BACKOFF} sleeps. */
    public static final int DEFAULT_MAX_YIELDS = 16;

    private final IdleMode mode;
    private final Parkable parkable;
    private final int maxSpins;
    private final int maxIdleCycles;
    private int idleCycles;

    /** Creates a strategy with the default number of spins and yields. */
    public Idling(IdleMode mode, Parkable parkable) {
        this(mode, parkable, DEFAULT_MAX_SPINS, DEFAULT_MAX_YIELDS);
    }

    /**
     * Creates a strategy.
     *
     * @param mode      any mode but {@link IdleMode#AUTO}, which has to be resolved first.
     * @param parkable  sleeps; not used by {@link IdleMode#BUSY_SPIN}.
     * @param maxSpins  cycles without work before {@link IdleMode#BACKOFF} yields, 0 or more.
     * @param maxYields further cycles before it sleeps, 0 or more.
     */
    public Idling(IdleMode mode, Parkable parkable, int maxSpins, int maxYields) {
        if (mode == IdleMode.AUTO) {
            throw new IllegalArgumentException("resolve AUTO first");
        }
        if (maxSpins < 0 || maxYields < 0) {
            throw new IllegalArgumentException("maxSpins and maxYields must be 0 or more: " + maxSpins + ", " + maxYields);
        }
        this.mode = mode;
        this.parkable = parkable;
        this.maxSpins = mode == IdleMode.BACKOFF ? maxSpins : 0;
        this.maxIdleCycles = mode == IdleMode.BACKOFF ? Math.addExact(maxSpins, maxYields) : 0;
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
        } else if (idleCycles < maxSpins) {
            idleCycles++;
            Thread.onSpinWait();
        } else if (idleCycles < maxIdleCycles) {
            idleCycles++;
            Thread.yield();
        } else {
            parkable.park();
        }
    }

    @Override
    public void reset() {
        idleCycles = 0;
    }

    @Override
    public String alias() {
        return mode.name();
    }

    @Override
    public String toString() {
        return mode == IdleMode.BACKOFF ? mode + "{maxSpins=" + maxSpins + ", maxYields=" + (maxIdleCycles - maxSpins) + '}' : mode.name();
    }
}
