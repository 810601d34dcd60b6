package io.neurolink.engine;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads for what may block and happens rarely: authenticators, HTTP routes, completing futures. What waits for them is limited. */
final class ColdExecutor implements Executor, AutoCloseable {
    private static final int MAX_WAITING = 10_000;
    private static final long KEEP_ALIVE_S = 30;
    private static final long CLOSE_TIMEOUT_MS = 1000;

    private final ThreadPoolExecutor threads;

    ColdExecutor(int threadCount) {
        this(threadCount, "neurolink-");
    }

    ColdExecutor(int threadCount, String namePrefix) {
        AtomicInteger number = new AtomicInteger();
        ThreadFactory daemons = task -> {
            Thread thread = new ColdThread(this, task, namePrefix + "cold-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
        threads = new ThreadPoolExecutor(
                threadCount, threadCount, KEEP_ALIVE_S, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), daemons);
        threads.allowCoreThreadTimeOut(true);
    }

    /** @return whether the caller is one of these threads. */
    boolean isCurrentThread() {
        return Thread.currentThread() instanceof ColdThread cold && cold.owner == this;
    }

    private static final class ColdThread extends Thread {
        private final ColdExecutor owner;

        private ColdThread(ColdExecutor owner, Runnable task, String name) {
            super(task, name);
            this.owner = owner;
        }
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    /** What waits is still done, unless it takes too long: an authenticator that hangs must not keep the process alive. */
    @Override
    public void close() {
        end(threads, CLOSE_TIMEOUT_MS);
    }

    /**
     * Ends an executor: what it has is done, and what is not done in time is interrupted.
     *
     * @param threads   the executor.
     * @param timeoutMs how long it may take.
     */
    static void end(ExecutorService threads, long timeoutMs) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(timeoutMs, TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
