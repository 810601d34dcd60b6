package io.neurolink.perf.micro;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/**
 * Finds out what a thread allocates per message once everything is warm. Before that it allocates more: what the interpreter makes anew on
 * every call, the compiled code leaves out. When that code is ready nobody can know, least of all on a busy machine, so batches are run
 * until they allocate little enough; only if they do not for a long time does the thread really allocate that much.
 */
final class AllocationMeter {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int BATCH = 20_000;
    private static final int STREAK = 3;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    private final long threadId;
    private final int batch;
    private final long patienceNs;

    /** Something that is done very often. */
    interface Action {
        void run() throws Exception;
    }

    /**
     * @param thread     whose allocation counts; the action may use several threads.
     * @param batch      how often the action is done between two looks.
     * @param patienceNs how long to try; at least one batch is run.
     */
    AllocationMeter(Thread thread, int batch, long patienceNs) {
        this.threadId = thread.getId();
        this.batch = batch;
        this.patienceNs = patienceNs;
    }

    /** A meter with a patience that no compiler needs. */
    static AllocationMeter of(Thread thread) {
        return new AllocationMeter(thread, BATCH, PATIENCE_NS);
    }

    /** The same for the calling thread and an action that takes long. */
    static AllocationMeter ofBatches(int batch) {
        return new AllocationMeter(Thread.currentThread(), batch, PATIENCE_NS);
    }

    /** The same for the calling thread. */
    static AllocationMeter here() {
        return of(Thread.currentThread());
    }

    /**
     * Runs until {@value #STREAK} batches in a row allocated little enough: what is allocated now and then must not hide between two.
     *
     * @param limitBytes what is little enough.
     * @return bytes per action in the worst of those, or in the last one if patience ended before; then not below {@code limitBytes}.
     */
    double steadyBytes(double limitBytes, Action action) throws Exception {
        long startNs = System.nanoTime();
        double worst = 0;
        int streak = 0;
        while (streak < STREAK) {
            double bytes = batchBytes(action);
            boolean isLittle = bytes < limitBytes;
            streak = isLittle ? streak + 1 : 0;
            worst = isLittle ? Math.max(worst, bytes) : 0;
            if (!isLittle && System.nanoTime() - startNs >= patienceNs) {
                return bytes;
            }
        }
        return worst;
    }

    private double batchBytes(Action action) throws Exception {
        long before = THREADS.getThreadAllocatedBytes(threadId);
        for (int i = 0; i < batch; i++) {
            action.run();
        }
        return (THREADS.getThreadAllocatedBytes(threadId) - before) / (double) batch;
    }
}
