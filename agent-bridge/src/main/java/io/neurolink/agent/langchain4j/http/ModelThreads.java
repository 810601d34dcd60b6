package io.neurolink.agent.langchain4j.http;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of models. All are daemons, and end when they have nothing to do. */
public final class ModelThreads {
    private static final int MIN_SHARED = 4;
    private static final int MAX_BLOCKING = 256;
    private static final int KEEP_ALIVE_SECONDS = 30;
    private static final int FIRST_RELEASE_WITH_VIRTUAL_THREADS = 21;

    private ModelThreads() {
    }

    /** {@return a few threads for what does not block: all streams of all models share them} */
    public static Executor shared() {
        return Shared.EXECUTOR;
    }

    /** {@return threads for what may block: virtual ones from JDK 21 on, before that at most 256, beyond which a task is rejected} */
    public static Executor blocking() {
        return Blocking.EXECUTOR;
    }

    static ScheduledExecutorService timers() {
        return Timers.EXECUTOR;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static Executor newShared() {
        int count = Math.max(MIN_SHARED, Runtime.getRuntime().availableProcessors());
        var executor = new ThreadPoolExecutor(count, count, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                named("neurolink-model-"));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private static Executor newBlocking(int javaRelease) {
        if (javaRelease < FIRST_RELEASE_WITH_VIRTUAL_THREADS) {
            return new ThreadPoolExecutor(0, MAX_BLOCKING, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
                    named("neurolink-model-call-"));
        }
        try {
            return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("this JDK should have virtual threads", e);
        }
    }

    private static ScheduledExecutorService newTimers() {
        var timers = new ScheduledThreadPoolExecutor(1, named("neurolink-model-timer-"));
        timers.setRemoveOnCancelPolicy(true);
        return timers;
    }

    private static final class Shared {
        static final Executor EXECUTOR = newShared();
    }

    private static final class Blocking {
        static final Executor EXECUTOR = newBlocking(Runtime.version().feature());
    }

    private static final class Timers {
        static final ScheduledExecutorService EXECUTOR = newTimers();
    }
}
