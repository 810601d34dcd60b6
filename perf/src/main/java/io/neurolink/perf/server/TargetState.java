package io.neurolink.perf.server;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.status.EngineCounter;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a target server says about itself at one moment: the engine's counters by their labels, and its process's memory, threads,
 * descriptors and processor time.
 *
 * @param values all of it by name.
 */
public record TargetState(Map<String, Long> values) {
    public static final String HEAP = "process.heap_bytes";
    public static final String DIRECT = "process.direct_bytes";
    public static final String THREADS = "process.threads";
    public static final String DESCRIPTORS = "process.descriptors";
    public static final String DESCRIPTORS_AT_START = "process.descriptors_at_start";
    public static final String ENGINE_THREADS = "process.engine_threads";
    public static final String CPU_NS = "process.cpu_ns";

    /** @param descriptorsAtStart how many there were before the server was started. */
    static TargetState of(NeuroLinkServer server, long descriptorsAtStart) {
        Map<String, Long> values = new TreeMap<>(server.counters());
        values.put(HEAP, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        values.put(DIRECT, ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct")).mapToLong(BufferPoolMXBean::getMemoryUsed).sum());
        values.put(THREADS, (long) ManagementFactory.getThreadMXBean().getThreadCount());
        values.put(ENGINE_THREADS, engineThreads());
        values.put(DESCRIPTORS, descriptors());
        values.put(DESCRIPTORS_AT_START, descriptorsAtStart);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            values.put(CPU_NS, system.getProcessCpuTime());
        }
        return new TargetState(values);
    }

    static long engineThreads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("neurolink-")).count();
    }

    /** Descriptors that are open; to count them takes one. */
    static long descriptors() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return 0;
        }
        try {
            return system.getOpenFileDescriptorCount();
        } catch (InternalError noneIsLeft) {
            return system.getMaxFileDescriptorCount();
        }
    }

    /** All counters at 0. */
    public static TargetState zero() {
        Map<String, Long> values = new TreeMap<>();
        for (EngineCounter counter : EngineCounter.values()) {
            values.put(counter.label(), 0L);
        }
        return new TargetState(values);
    }

    /** All values in a line that {@link #parse} reads. */
    String toLine() {
        return values.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(" "));
    }

    static TargetState parse(String line) {
        Map<String, Long> values = new TreeMap<>();
        for (String pair : line.strip().split(" ")) {
            int equals = pair.indexOf('=');
            values.put(pair.substring(0, equals), Long.valueOf(pair.substring(equals + 1)));
        }
        return new TargetState(values);
    }

    /**
     * @param name a counter's label, or one of the names of this class.
     * @return its value.
     * @throws IllegalArgumentException if there is none of that name.
     */
    public long get(String name) {
        Long value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the server counts no " + name);
        }
        return value;
    }
}
