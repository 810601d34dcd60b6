package io.neurolink.engine;

import io.neurolink.engine.duty.DutyThread;
import io.neurolink.engine.jfr.JfrEvents;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.HandlerStall;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.status.StallWatch;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.agrona.ErrorHandler;

/** A thread that looks at the threads of loops and workers, and tells of those that are blocked: once per stall, with their stack. */
final class StallWatchdog implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger("io.neurolink.engine");

    private static final long CLOSE_TIMEOUT_MS = 1000;

    private final StallWatch<Subject> watch;
    private final List<EngineListener> listeners;
    private final CounterSet counters;
    private final ErrorHandler handlerErrors;
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final Thread thread = new Thread(this::run, "neurolink-watchdog");

    /**
     * A thread and what can be seen of its duty.
     *
     * @param thread   the thread
     * @param busy     whether it has something to do
     * @param done     changes with what it does
     * @param current  the connection it is working for, as far as can be seen; or null
     */
    record Subject(DutyThread thread, BooleanSupplier busy, LongSupplier done, Supplier<LoopConnection> current)
            implements StallWatch.Watched {
        @Override
        public boolean isBusy() {
            return thread.isAlive() && busy.getAsBoolean();
        }

        @Override
        public long progress() {
            return done.getAsLong();
        }
    }

    /**
     * @param subjects      who is looked at.
     * @param threshold     longest time without progress.
     * @param listeners     are told; what they throw goes to the next parameter.
     * @param counters      that any thread may write.
     * @param handlerErrors is told what listeners throw.
     */
    StallWatchdog(List<Subject> subjects, Duration threshold, List<EngineListener> listeners, CounterSet counters,
            ErrorHandler handlerErrors) {
        this.watch = new StallWatch<>(subjects, threshold.toNanos(), this::onStall, System.nanoTime());
        this.listeners = listeners;
        this.counters = counters;
        this.handlerErrors = handlerErrors;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!isClosed.get()) {
            LockSupport.parkNanos(this, watch.intervalNs());
            try {
                watch.check(System.nanoTime());
            } catch (RuntimeException e) {
                handlerErrors.onError(e);
            }
        }
    }

    private void onStall(Subject subject, long stalledNs) {
        LoopConnection connection = subject.current.get();
        Thread stalled = subject.thread.thread();
        HandlerStall stall = new HandlerStall(stalled.getName(), connection == null ? null : connection.id(),
                connection == null ? null : connection.path(), Duration.ofNanos(stalledNs), List.of(stalled.getStackTrace()));
        counters.increment(EngineCounter.STALLS_REPORTED);
        JfrEvents.stall(stall.threadName(), stalledNs, stall.connectionId(), false);
        LOGGER.log(Level.WARNING, stall.toString());
        for (EngineListener listener : listeners) {
            try {
                listener.onHandlerStalled(stall);
            } catch (RuntimeException e) {
                handlerErrors.onError(e);
            }
        }
    }

    @Override
    public void close() {
        isClosed.set(true);
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
