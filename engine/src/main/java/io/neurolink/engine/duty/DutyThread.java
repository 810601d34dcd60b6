package io.neurolink.engine.duty;

import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.IdleStrategy;

/**
 * Runs one {@link Duty} on a platform thread of its own, until {@link #close}. The only place of the engine that starts threads for
 * duties.
 *
 * <p>Whatever a cycle throws goes to the error handler, and the next cycle follows. An interrupt that somebody leaves on the thread is
 * cleared and reported, for it would close every socket the thread touches. When {@link Duty#onStart()} throws, no cycle follows; {@link
 * Duty#onClose()} always does.
 */
public final class DutyThread implements AutoCloseable {

    private static final long JOIN_INTERVAL_MS = 10;
    private static final long DEFAULT_CLOSE_TIMEOUT_MS = 5_000;

    private final Duty duty;
    private final IdleStrategy idleStrategy;
    private final Runnable wakeUp;
    private final ErrorHandler errorHandler;
    private final Thread thread;
    private volatile boolean isRunning = true;

    /**
     * Creates the thread without starting it.
     *
     * @param name         the thread's name.
     * @param duty         what it runs.
     * @param idleStrategy what it does after every cycle, usually an {@link Idling}.
     * @param wakeUp       ends the strategy's sleep, usually {@link Parkable#wakeUp()}; called from any thread.
     * @param errorHandler is told what the duty throws, on the duty's thread; does not throw.
     */
    public DutyThread(String name, Duty duty, IdleStrategy idleStrategy, Runnable wakeUp, ErrorHandler errorHandler) {
        this.duty = duty;
        this.idleStrategy = idleStrategy;
        this.wakeUp = wakeUp;
        this.errorHandler = errorHandler;
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(false);
    }

    /** Starts the thread; once. */
    public void start() {
        thread.start();
    }

    /** True if the caller runs on this thread. */
    public boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    /** True from {@link #start} until {@link Duty#onClose()} is done. */
    public boolean isAlive() {
        return thread.isAlive();
    }

    /** The thread itself, for its name and for dumps. */
    public Thread thread() {
        return thread;
    }

    /** As {@link #close(long)} with five seconds. */
    @Override
    public void close() {
        close(DEFAULT_CLOSE_TIMEOUT_MS);
    }

    /**
     * Ends the loop after the cycle it is in, lets the duty close itself on its own thread, and waits for that. Past the deadline the
     * thread is interrupted and waited for once more. A thread that was never started just never runs; closing again is allowed; from the
     * duty's own thread it only asks the loop to end.
     *
     * @param timeoutMs how long to wait before the interrupt, and again after it, in milliseconds.
     * @return true if no thread is left; false if the duty still does not return, or if called from its own thread.
     */
    public boolean close(long timeoutMs) {
        isRunning = false;
        if (isCurrentThread()) {
            return false;
        }
        boolean wasInterrupted = false;
        boolean ended = false;
        try {
            ended = awaitEnd(timeoutMs);
            if (!ended) {
                thread.interrupt();
                ended = awaitEnd(timeoutMs);
            }
        } catch (InterruptedException e) {
            wasInterrupted = true;
            thread.interrupt();
            ended = !thread.isAlive();
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
        return ended;
    }

    /** Wakes the thread repeatedly: it may be just before its decision to sleep, which does not look at {@code isRunning}. */
    private boolean awaitEnd(long timeoutMs) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (thread.isAlive()) {
            wakeUp.run();
            thread.join(JOIN_INTERVAL_MS);
            if (System.nanoTime() - deadlineNs >= 0) {
                break;
            }
        }
        return !thread.isAlive();
    }

    private void run() {
        if (guarded(duty::onStart)) {
            while (isRunning) {
                cycle();
            }
        }
        isRunning = false;
        guarded(duty::onClose);
    }

    private void cycle() {
        int workCount = 0;
        try {
            workCount = duty.doWork();
        } catch (Throwable t) {
            report(t);
        }
        try {
            if (Thread.interrupted() && isRunning) {
                throw new InterruptedException("the thread of " + duty.roleName() + " was interrupted during a cycle");
            }
            idleStrategy.idle(workCount);
        } catch (Throwable t) {
            report(t);
        }
    }

    private boolean guarded(Runnable step) {
        try {
            step.run();
            return true;
        } catch (Throwable t) {
            report(t);
            return false;
        }
    }

    private void report(Throwable error) {
        try {
            errorHandler.onError(error);
        } catch (Throwable failure) {
            failure.addSuppressed(error);
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }
}
