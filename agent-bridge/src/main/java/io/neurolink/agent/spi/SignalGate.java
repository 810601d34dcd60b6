package io.neurolink.agent.spi;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Serialises work that many threads trigger, without a lock and without a queue. A signal is a bit; signals of one kind that come before
 * they are worked off are one signal. Whoever signals while nobody works becomes the worker until no bit is left; the others return at
 * once.
 *
 * <pre>
 *   31        30 … 0
 *   WORKING   signals not yet seen by the worker
 * </pre>
 *
 * <p>What one thread wrote before it signalled is visible to the work that sees the bit. A worker that was kept busy for {@value
 * #TURN_LIMIT} turns hands over to the executor, so that a source that is always ready does not hold a borrowed thread for ever.
 */
public final class SignalGate {
    private static final int WORKING = 1 << 31;
    private static final int TURN_LIMIT = 64;

    private final AtomicInteger signals = new AtomicInteger();
    private final IntConsumer work;
    private final Executor handOver;

    /**
     * Makes a gate that nobody has signalled.
     *
     * @param work     is given the bits that are set, never twice at a time; must not throw.
     * @param handOver continues work that takes many turns.
     */
    public SignalGate(IntConsumer work, Executor handOver) {
        this.work = work;
        this.handOver = handOver;
    }

    /**
     * Sets bits and works them off unless another call does that already, possibly one further down this thread's stack. Any thread.
     *
     * @param bits one or several of bits 0 to 30.
     */
    public void signal(int bits) {
        int before = signals.getAndAccumulate(bits | WORKING, (old, set) -> old | set);
        if ((before & WORKING) == 0) {
            workOff();
        }
    }

    private void workOff() {
        while (!isIdleAfterSomeTurns()) {
            try {
                handOver.execute(this::workOff);
                return;
            } catch (RejectedExecutionException e) {
                // The executor is shut down: better to hold this thread than to forget the signals.
                continue;
            }
        }
    }

    private boolean isIdleAfterSomeTurns() {
        for (int turn = 0; turn < TURN_LIMIT; turn++) {
            work.accept(signals.getAndSet(WORKING) & ~WORKING);
            if (signals.compareAndSet(WORKING, 0)) {
                return true;
            }
        }
        return false;
    }
}
