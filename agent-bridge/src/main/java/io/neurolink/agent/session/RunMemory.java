package io.neurolink.agent.session;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the logs of all runs take, and those of each owner, against their limits. Where there is no room, runs that have ended go first,
 * oldest first; runs that go on wait until something is given back. Any thread.
 */
final class RunMemory {
    /** What a run takes beside its log. */
    static final int RUN_OVERHEAD = 1024;

    private final long limitBytes;
    private final long ownerLimitBytes;
    private final KeptRuns kept;
    private final Executor executor;
    private final AtomicLong usedBytes = new AtomicLong();
    private final ConcurrentLinkedQueue<ViewedRun> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isWakeDue = new AtomicBoolean();

    /**
     * @param limitBytes      bytes of all logs.
     * @param ownerLimitBytes bytes of the logs of one owner.
     * @param kept            runs that have ended.
     * @param executor        calls those who wait.
     */
    RunMemory(long limitBytes, long ownerLimitBytes, KeptRuns kept, Executor executor) {
        this.limitBytes = limitBytes;
        this.ownerLimitBytes = ownerLimitBytes;
        this.kept = kept;
        this.executor = executor;
    }

    long usedBytes() {
        return usedBytes.get();
    }

    /** @return whether the logs of the owner, and of all, are below their limits. */
    boolean hasRoom(Owner owner) {
        return owner.bytes.get() < ownerLimitBytes && usedBytes.get() < limitBytes;
    }

    /**
     * Has runs forgotten that have ended, until there is room or none is left.
     *
     * @return whether there is room.
     */
    boolean makeRoom(Owner owner) {
        evictWhile(owner.bytes, ownerLimitBytes, owner.kept);
        evictWhile(usedBytes, limitBytes, kept.all());
        return hasRoom(owner);
    }

    private static void evictWhile(AtomicLong used, long limit, KeptRuns.Line line) {
        boolean isSomeLeft = true;
        while (isSomeLeft && used.get() >= limit) {
            isSomeLeft = line.evictOldest();
        }
    }

    /** Has the run told once, when some memory has been given back. */
    void awaitRoom(ViewedRun run) {
        waiting.add(run);
    }

    private void add(Owner owner, long bytes) {
        owner.bytes.addAndGet(bytes);
        usedBytes.addAndGet(bytes);
        if (bytes < 0 && !waiting.isEmpty() && isWakeDue.compareAndSet(false, true)) {
            wakeSoon();
        }
    }

    private void wakeSoon() {
        try {
            executor.execute(this::wake);
        } catch (RejectedExecutionException e) {
            // The timers are stopped because the server is: nobody goes on.
            isWakeDue.set(false);
        }
    }

    /** Not on the stack of who gave memory back: a chain of runs that wake each other could grow without end. */
    private void wake() {
        isWakeDue.set(false);
        for (int count = waiting.size(); count > 0; count--) {
            ViewedRun run = waiting.poll();
            if (run != null) {
                run.onRoom();
            }
        }
    }

    /** Whose runs share limits: a user, or an anonymous connection. */
    static final class Owner {
        /** Runs that have not ended. */
        final AtomicInteger activeRuns = new AtomicInteger();
        /** Runs that are not forgotten; changed by the registry only. */
        int runs;
        private final AtomicLong bytes = new AtomicLong();
        private final KeptRuns.Line kept = new KeptRuns.Line();

        KeptRuns.Line kept() {
            return kept;
        }
    }

    /** What one run takes; for whoever has the run's gate. */
    final class Account {
        private final Owner owner;
        private long bytes = RUN_OVERHEAD;

        Account(Owner owner) {
            this.owner = owner;
            add(owner, bytes);
        }

        boolean hasRoom() {
            return RunMemory.this.hasRoom(owner);
        }

        boolean makeRoom() {
            return RunMemory.this.makeRoom(owner);
        }

        /** Sets what the run takes now beside its overhead. */
        void set(long logBytes) {
            long change = bytes == 0 ? 0 : RUN_OVERHEAD + logBytes - bytes;
            if (change != 0) {
                bytes += change;
                add(owner, change);
            }
        }

        /** The run is forgotten. */
        void close() {
            add(owner, -bytes);
            bytes = 0;
        }
    }
}
