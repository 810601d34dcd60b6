package io.neurolink.perf.agents;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Predicate;

/** What threads of this process have used: processor time, and bytes allocated. */
public final class ThreadMeter {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Predicate<String> names;

    /**
     * Processor time and allocation since the threads began.
     *
     * @param cpuNs nanoseconds
     * @param bytes bytes
     */
    public record Used(long cpuNs, long bytes) {
        /** {@return what was used since then} */
        public Used since(Used before) {
            return new Used(cpuNs - before.cpuNs, bytes - before.bytes);
        }
    }

    /**
     * @param names whether a thread of this name counts.
     */
    public ThreadMeter(Predicate<String> names) {
        this.names = names;
    }

    /** {@return what such threads that live have used} */
    public Used read() {
        long cpuNs = 0;
        long bytes = 0;
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info != null && names.test(info.getThreadName())) {
                cpuNs += Math.max(0, threads.getThreadCpuTime(id));
                bytes += Math.max(0, threads.getThreadAllocatedBytes(id));
            }
        }
        return new Used(cpuNs, bytes);
    }
}
