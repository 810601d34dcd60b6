package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthUnavailableException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Where passwords are compared: on few threads of its own, so that a crowd of logins takes neither the machine nor the threads of other
 * authenticators. A login that finds too many before it, or would be answered when nobody waits for it any more, fails with an
 * {@link AuthUnavailableException}. Any thread. The threads end when there is nothing to do.
 */
final class PasswordChecks {
    private static final int MAX_WAITING = 1024;
    private static final Duration MAX_WAIT = Duration.ofSeconds(4);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final long KEEP_ALIVE_S = 10;

    /** For the whole process: it is the machine that is to be protected. */
    static final PasswordChecks SHARED = new PasswordChecks(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2), MAX_WAITING, MAX_WAIT.toNanos(), System::nanoTime);

    private final ThreadPoolExecutor threads;
    private final long maxWaitNs;
    private final LongSupplier nanoClock;

    PasswordChecks(int threadCount, int maxWaiting, long maxWaitNs, LongSupplier nanoClock) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(threadCount, threadCount, KEEP_ALIVE_S, TimeUnit.SECONDS, new ArrayBlockingQueue<>(maxWaiting),
                task -> {
                    Thread thread = new Thread(task, "neurolink-password-" + number.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        this.maxWaitNs = maxWaitNs;
        this.nanoClock = nanoClock;
    }

    /** Has something slow done. */
    <T> CompletionStage<T> submit(Supplier<T> check) {
        CompletableFuture<T> result = new CompletableFuture<>();
        long startNs = nanoClock.getAsLong();
        try {
            threads.execute(() -> run(check, startNs, result));
        } catch (RejectedExecutionException full) {
            result.completeExceptionally(tooMany());
        }
        return result;
    }

    private <T> void run(Supplier<T> check, long startNs, CompletableFuture<T> result) {
        if (nanoClock.getAsLong() - startNs > maxWaitNs) {
            result.completeExceptionally(tooMany());
            return;
        }
        try {
            result.complete(check.get());
        } catch (Throwable t) {
            result.completeExceptionally(t);
        }
    }

    private static AuthUnavailableException tooMany() {
        return new AuthUnavailableException("too many logins at once", RETRY_AFTER, null);
    }
}
