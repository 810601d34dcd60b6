package io.neurolink.engine.duty;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/**
 * Hands command objects from many threads to one duty: bounded, lock-free, in order per producer. For control and for sends from
 * application threads; what one loop and one worker say to each other goes through a {@link MessageLane}.
 */
public final class CommandQueue {

    private final MpscAtomicArrayQueue<Object> queue;
    private final Parking parking;
    private final LongAdder refusedCount = new LongAdder();

    /**
     * Creates an empty queue.
     *
     * @param capacity how many commands may wait; rounded up to a power of two, at least 2.
     * @param parking  wakes the duty that drains the queue, after each accepted command.
     */
    public CommandQueue(int capacity, Parking parking) {
        this.queue = new MpscAtomicArrayQueue<>(capacity);
        this.parking = parking;
    }

    /**
     * Hands a command over; any thread, never blocks.
     *
     * @param command what the duty's drain will be given.
     * @return false if the queue is full: nothing was handed over, and the refusal was counted.
     */
    public boolean offer(Object command) {
        if (!queue.offer(command)) {
            refusedCount.increment();
            return false;
        }
        parking.wakeUp();
        return true;
    }

    /**
     * Consumes commands; the owning duty only. A command whose consumer throws is consumed, the exception reaches the caller, and the
     * rest waits for the next call.
     *
     * @param consumer what is done with each command.
     * @param limit    how many commands are consumed at most.
     * @return how many were.
     */
    public int drain(Consumer<Object> consumer, int limit) {
        int count = 0;
        while (count < limit) {
            Object command = queue.relaxedPoll();
            if (command == null) {
                break;
            }
            count++;
            consumer.accept(command);
        }
        return count;
    }

    /** True if nothing waits. Exact on the owning duty's thread, also for a command that is being handed over at this moment. */
    public boolean isEmpty() {
        return queue.isEmpty();
    }

    /** How many commands wait; a snapshot, any thread. */
    public int size() {
        return queue.size();
    }

    /** How many commands may wait. */
    public int capacity() {
        return queue.capacity();
    }

    /** How many commands were refused since the start because the queue was full; any thread. */
    public long refusedCount() {
        return refusedCount.sum();
    }
}
