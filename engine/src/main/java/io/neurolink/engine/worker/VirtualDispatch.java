package io.neurolink.engine.worker;

import io.neurolink.engine.loop.Callbacks;
import io.neurolink.engine.loop.Dispatch;
import io.neurolink.engine.loop.InboundMessage;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jctools.queues.atomic.SpscAtomicArrayQueue;

/**
 * Runs the handlers of each connection on one virtual thread at a time. A thread lives only while there is something to do; what waits
 * for it is limited in
 * number and bytes, and beyond that the connection is not read.
 */
public final class VirtualDispatch implements Dispatch {
    private static final int MAX_WAITING = 64;
    private static final long MAX_WAITING_BYTES = 1024 * 1024;

    /** The executor whose handlers the thread runs. */
    private static final ThreadLocal<Executor> CURRENT = new ThreadLocal<>();

    private final Callbacks callbacks;
    private final Executor executor;
    private final CounterSet counters;

    /**
     * @param callbacks their counters are written by many threads.
     * @param executor  starts a virtual thread for each task.
     * @param counters  that any thread may write.
     */
    public VirtualDispatch(Callbacks callbacks, Executor executor, CounterSet counters) {
        this.counters = counters;
        this.callbacks = callbacks;
        this.executor = executor;
    }

    /**
     * An executor that starts a virtual thread for each task.
     *
     * @return the executor.
     * @throws IllegalStateException if this JDK has no virtual threads.
     */
    public static ExecutorService newExecutor() {
        try {
            return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException e) {
            int jdk = Runtime.version().feature();
            throw new IllegalStateException("handlerThreading VIRTUAL needs JDK 21 or later, this is JDK " + jdk, e);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("virtual threads cannot be started", e);
        }
    }

    @Override
    public boolean onOpen(LoopConnection connection) {
        return mailboxOf(connection).offer(() -> callbacks.open(connection), 0);
    }

    @Override
    public boolean onMessage(LoopConnection connection, int opcode, long nowMs, ByteBuffer bytes, int position, int length) {
        Mailbox mailbox = mailboxOf(connection);
        if (!mailbox.hasRoom()) {
            return false;
        }
        ByteBuffer copy = ByteBuffer.allocate(length).put(0, bytes, position, length);
        return mailbox.offer(() -> callbacks.message(connection, new InboundMessage().wrap(opcode, nowMs, copy, 0, length), 0), length);
    }

    @Override
    public boolean onError(LoopConnection connection, Throwable error) {
        return mailboxOf(connection).offer(() -> callbacks.error(connection, error), 0);
    }

    @Override
    public boolean onWritable(LoopConnection connection) {
        return mailboxOf(connection).offer(() -> callbacks.writable(connection), 0);
    }

    @Override
    public boolean onDrain(LoopConnection connection, DrainNotice notice) {
        return mailboxOf(connection).offer(() -> callbacks.drain(connection, notice), 0);
    }

    @Override
    public boolean onSettle(LoopConnection connection) {
        return mailboxOf(connection).offer(connection::settled, 0);
    }

    @Override
    public boolean onClose(LoopConnection connection) {
        return mailboxOf(connection).offer(() -> callbacks.close(connection), 0);
    }

    @Override
    public long waitingBytes(LoopConnection connection) {
        return connection.dispatchState() == null ? 0 : ((Mailbox) connection.dispatchState()).waitingBytes.get();
    }

    @Override
    public void leave(LoopConnection connection, BooleanSupplier rest) {
        mailboxOf(connection).leave(rest);
    }

    /**
     * Tells whether the caller is a handler that an executor runs.
     *
     * @param executor the executor.
     * @return whether this thread is one of its.
     */
    public static boolean isHandlerOf(Executor executor) {
        return executor != null && CURRENT.get() == executor;
    }

    private Mailbox mailboxOf(LoopConnection connection) {
        if (connection.dispatchState() == null) {
            connection.dispatchState(new Mailbox());
        }
        return (Mailbox) connection.dispatchState();
    }

    /** What waits for a connection's thread: filled by the loop, emptied by whichever virtual thread runs at the moment. */
    private final class Mailbox {
        private final SpscAtomicArrayQueue<Item> queue = new SpscAtomicArrayQueue<>(MAX_WAITING);
        private final AtomicInteger waiting = new AtomicInteger();
        private final AtomicLong waitingBytes = new AtomicLong();
        private BooleanSupplier rest;

        boolean hasRoom() {
            return waiting.get() < MAX_WAITING && waitingBytes.get() < MAX_WAITING_BYTES;
        }

        boolean offer(Runnable action, int bytes) {
            if (!queue.offer(new Item(action, bytes))) {
                return false;
            }
            waitingBytes.addAndGet(bytes);
            counters.add(EngineCounter.LANE_BYTES, bytes);
            if (waiting.getAndIncrement() == 0) {
                executor.execute(this::run);
            }
            return true;
        }

        /** Whoever brings the count from 0 to 1 starts a thread; that thread ends when it brings it back to 0. */
        private void run() {
            CURRENT.set(executor);
            do {
                Item item = queue.poll();
                if (item == null) {
                    takeRest();
                } else {
                    item.action.run();
                    waitingBytes.addAndGet(-item.bytes);
                    counters.add(EngineCounter.LANE_BYTES, -item.bytes);
                }
            } while (waiting.decrementAndGet() > 0);
            CURRENT.remove();
        }

        /** The loop has ended, and this thread offers what is left, now that all before it is done. */
        private void takeRest() {
            if (!rest.getAsBoolean()) {
                waiting.incrementAndGet();
            }
        }

        /** Counts as one that waits, but stands in no queue: it is there when the queue is empty before the count is 0. */
        private void leave(BooleanSupplier newRest) {
            rest = newRest;
            if (waiting.getAndIncrement() == 0) {
                executor.execute(this::run);
            }
        }
    }

    private record Item(Runnable action, int bytes) {
    }
}
