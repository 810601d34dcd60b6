package io.neurolink.engine.duty;

/** Is told that its timer is due, on the thread of the duty that owns the {@link Timers}. */
@FunctionalInterface
public interface TimerOwner {

    /**
     * Called once per timer, at or after its deadline. The timer is gone already: the owner may schedule and cancel any timers from here.
     *
     * @param timerId the id that {@link Timers#schedule} gave.
     * @param kind    the kind it was scheduled with.
     * @param nowNs   the time of this cycle.
     */
    void onTimer(long timerId, int kind, long nowNs);
}
