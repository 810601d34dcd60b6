package io.neurolink.agent.client;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs tasks one after the other, in the order they were handed over, on the threads of another executor. Any thread. */
final class InOrder implements Executor {
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final Callbacks callbacks;

    InOrder(Callbacks callbacks) {
        this.callbacks = callbacks;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (count.getAndIncrement() == 0) {
            callbacks.execute(this::runOne);
        }
    }

    private void runOne() {
        try {
            tasks.remove().run();
        } finally {
            if (count.decrementAndGet() > 0) {
                callbacks.execute(this::runOne);
            }
        }
    }
}
