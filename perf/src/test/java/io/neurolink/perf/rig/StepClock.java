package io.neurolink.perf.rig;

import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/** A clock that moves on with every look at it, by as much as the test says, so that no run depends on how fast the machine is. */
final class StepClock implements LongSupplier {
    /** Moves so little that no time limit is ever reached. */
    static final LongUnaryOperator CRAWL = nowNs -> 1;

    private long nowNs;
    private LongUnaryOperator step = CRAWL;

    /** @param newStep gives the step from the time before it. */
    void step(LongUnaryOperator newStep) {
        step = newStep;
    }

    @Override
    public long getAsLong() {
        nowNs += step.applyAsLong(nowNs);
        return nowNs;
    }
}
