package io.neurolink.agent.spi;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of agents and tools in blocking style that bring no executor: virtual ones from JDK 21 on; before, at most 256 platform
 * threads, beyond which tasks are rejected. All are daemons.
 */
public final class BlockingThreads {
    private static final int MAX_PLATFORM_THREADS = 256;
    private static final int FIRST_RELEASE_WITH_VIRTUAL_THREADS = 21;

    private BlockingThreads() {
    }

    /** {@return runs each task on a thread of its own that may block, or rejects it where there are too many} Any thread. */
    public static Executor shared() {
        return Holder.SHARED;
    }

    static ExecutorService create(int javaRelease) {
        return javaRelease >= FIRST_RELEASE_WITH_VIRTUAL_THREADS ? virtual() : platform();
    }

    private static ExecutorService virtual() {
        try {
            return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("this JDK should have virtual threads", e);
        }
    }

    private static ExecutorService platform() {
        AtomicInteger count = new AtomicInteger();
        ThreadFactory factory = task -> {
            Thread thread = new Thread(task, "neurolink-agent-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        return new ThreadPoolExecutor(0, MAX_PLATFORM_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), factory);
    }

    private static final class Holder {
        static final Executor SHARED = create(Runtime.version().feature());
    }
}
