package io.neurolink.agent.session;

import java.util.Queue;
import java.util.function.Supplier;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;

/** Keeps a few readers and writers for the next one who needs one, so that neither connections nor runs hold buffers. Any thread. */
final class Recycler<T> {
    private static final int CAPACITY = 64;

    private final Queue<T> idle = new MpmcAtomicArrayQueue<>(CAPACITY);
    private final Supplier<T> factory;

    Recycler(Supplier<T> factory) {
        this.factory = factory;
    }

    T borrow() {
        T instance = idle.poll();
        return instance == null ? factory.get() : instance;
    }

    /** Gives an instance back; beyond the capacity it is left to the garbage collector. */
    void giveBack(T instance) {
        idle.offer(instance);
    }
}
