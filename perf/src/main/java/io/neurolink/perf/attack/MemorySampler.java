package io.neurolink.perf.attack;

import io.neurolink.perf.server.TargetProcess;
import io.neurolink.perf.server.TargetState;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Looks at the server's memory a few times a second, from its construction to its close. */
final class MemorySampler implements AutoCloseable {
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final TargetProcess target;
    private final Thread thread = new Thread(this::run, "memory-sampler");
    private volatile boolean isClosed;
    private volatile long maxResident;
    private volatile long maxHeap;
    private volatile long maxDirect;

    MemorySampler(TargetProcess target) {
        this.target = target;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!isClosed && target.isAlive()) {
            sample();
            LockSupport.parkNanos(INTERVAL_NS);
        }
    }

    private void sample() {
        TargetState state = target.state();
        maxResident = Math.max(maxResident, target.residentBytes());
        maxHeap = Math.max(maxHeap, state.get(TargetState.HEAP));
        maxDirect = Math.max(maxDirect, state.get(TargetState.DIRECT));
    }

    long maxResident() {
        return maxResident;
    }

    /** With garbage that was not collected yet. */
    long maxHeap() {
        return maxHeap;
    }

    long maxDirect() {
        return maxDirect;
    }

    @Override
    public void close() {
        isClosed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
