package io.neurolink.engine;

import io.neurolink.engine.duty.CommandQueue;
import io.neurolink.engine.duty.Duty;
import io.neurolink.engine.duty.DutyThread;
import io.neurolink.engine.duty.IdleMode;
import io.neurolink.engine.duty.Idling;
import io.neurolink.engine.duty.Parkable;
import io.neurolink.engine.duty.Parking;
import io.neurolink.engine.loop.AccessEntry;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;

/** The thread that writes the access log: event loops hand entries over and go on, whether or not there is room. */
final class AccessLogWriter implements Duty, Parkable, Consumer<AccessEntry>, AutoCloseable {
    private static final int BATCH_LIMIT = 256;
    private static final long MAX_PARK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long CLOSE_TIMEOUT_MS = 1000;

    private final Parking parking = new Parking(this::unpark);
    private final CommandQueue waiting;
    private final AccessLines lines;
    private final Consumer<String> sink;
    private final CounterSet counters;
    private final ErrorHandler errors;
    private final Consumer<Object> write = this::write;
    private final DutyThread thread;

    /**
     * @param log      how.
     * @param counters that any thread may write.
     * @param errors   is told what the sink throws.
     */
    AccessLogWriter(AccessLog log, CounterSet counters, ErrorHandler errors) {
        this.waiting = new CommandQueue(log.maxWaiting(), parking);
        this.lines = new AccessLines(log.format());
        this.sink = log.sink();
        this.counters = counters;
        this.errors = errors;
        this.thread = new DutyThread(roleName(), this, new Idling(IdleMode.BLOCKING, this), this::wakeUp, errors);
    }

    void start() {
        thread.start();
    }

    @Override
    public void accept(AccessEntry entry) {
        if (!waiting.offer(entry)) {
            counters.increment(EngineCounter.ACCESS_LOG_DROPPED);
        }
    }

    @Override
    public String roleName() {
        return "neurolink-access-log";
    }

    @Override
    public int doWork() {
        return waiting.drain(write, BATCH_LIMIT);
    }

    private void write(Object entry) {
        try {
            sink.accept(lines.lineOf((AccessEntry) entry));
            counters.increment(EngineCounter.ACCESS_LOG_LINES);
        } catch (RuntimeException e) {
            counters.increment(EngineCounter.ACCESS_LOG_DROPPED);
            errors.onError(e);
        }
    }

    @Override
    public void park() {
        parking.prepareToPark();
        parking.park(timeoutNs -> LockSupport.parkNanos(this, timeoutNs), waiting.isEmpty() ? MAX_PARK_NS : 0);
    }

    @Override
    public void wakeUp() {
        parking.wakeUp();
    }

    private void unpark() {
        LockSupport.unpark(thread.thread());
    }

    /** The loops have ended: what waits is all there will be. */
    @Override
    public void onClose() {
        waiting.drain(write, Integer.MAX_VALUE);
        if (sink instanceof AutoCloseable closeable) {
            CloseHelper.close(errors, closeable);
        }
    }

    /** A sink that hangs is interrupted, and then left alone. */
    @Override
    public void close() {
        thread.close(CLOSE_TIMEOUT_MS);
    }
}
