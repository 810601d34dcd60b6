package io.neurolink.engine.metrics;

import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the process and its JVM take, under the names that Prometheus' own libraries use. For applications without a metrics library: those
 * with one have these already. What only Linux tells is left out elsewhere.
 */
public final class ProcessMetrics {
    private static final Path PROC = Path.of("/proc/self");
    private static final double MS_PER_S = 1e3;
    private static final double NS_PER_S = 1e9;
    private static final Pattern OPEN_FILES = Pattern.compile("^Max open files +(\\d+)", Pattern.MULTILINE);
    private static final Pattern RESIDENT = Pattern.compile("^VmRSS:\\s+(\\d+) kB", Pattern.MULTILINE);

    private final List<MetricFamily> all = new ArrayList<>();

    private ProcessMetrics() {
    }

    /** {@return the metrics as they are now} Takes a millisecond or so, more where many files are open. */
    public static List<MetricFamily> families() {
        ProcessMetrics metrics = new ProcessMetrics();
        metrics.addProcess();
        metrics.addMemory();
        metrics.addCollections();
        return List.copyOf(metrics.all);
    }

    private void addProcess() {
        ProcessHandle.Info info = ProcessHandle.current().info();
        add("process.cpu", Kind.COUNTER, "seconds", "Processor time taken.",
                info.totalCpuDuration().map(Duration::toNanos).map(ns -> ns / NS_PER_S).orElse(null));
        add("process.start.time", Kind.GAUGE, "seconds", "When the process began, since 1970.",
                info.startInstant().map(Instant::toEpochMilli).map(ms -> ms / MS_PER_S).orElse(null));
        add("process.resident.memory", Kind.GAUGE, "bytes", "Memory of the process that is in use.", kibibytes(find("status", RESIDENT)));
        add("process.open.fds", Kind.GAUGE, "", "File descriptors that are open.", openFiles());
        add("process.max.fds", Kind.GAUGE, "", "File descriptors that may be open.", find("limits", OPEN_FILES));
        add("jvm.threads.current", Kind.GAUGE, "", "Threads of the JVM, without virtual ones.",
                (double) ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private void addMemory() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        addMemory("jvm.memory.used", "Memory of the JVM that is in use.", memory, MemoryUsage::getUsed);
        addMemory("jvm.memory.committed", "Memory that the JVM has taken.", memory, MemoryUsage::getCommitted);
        addMemory("jvm.memory.max", "Memory that the JVM may take; -1 where there is no limit.", memory, MemoryUsage::getMax);
    }

    private void addMemory(String name, String description, MemoryMXBean memory, ToDoubleFunction<MemoryUsage> value) {
        all.add(new MetricFamily(name, Kind.GAUGE, "bytes", description,
                List.of(new Sample(Map.of("area", "heap"), value.applyAsDouble(memory.getHeapMemoryUsage()), null),
                        new Sample(Map.of("area", "nonheap"), value.applyAsDouble(memory.getNonHeapMemoryUsage()), null))));
    }

    private void addCollections() {
        Map<String, GarbageCollectorMXBean> collectors = new LinkedHashMap<>();
        ManagementFactory.getGarbageCollectorMXBeans().forEach(collector -> collectors.put(collector.getName(), collector));
        addEach("jvm.gc.collections", "", "Garbage collections.", collectors, GarbageCollectorMXBean::getCollectionCount);
        addEach("jvm.gc.time", "seconds", "Time spent in garbage collections, as the JVM counts it.", collectors,
                collector -> collector.getCollectionTime() / MS_PER_S);
    }

    private void addEach(String name, String unit, String description, Map<String, GarbageCollectorMXBean> collectors,
            ToDoubleFunction<GarbageCollectorMXBean> value) {
        all.add(new MetricFamily(name, Kind.COUNTER, unit, description, collectors.entrySet().stream()
                .map(entry -> new Sample(Map.of("gc", entry.getKey()), Math.max(0, value.applyAsDouble(entry.getValue())), null))
                .toList()));
    }

    private void add(String name, Kind kind, String unit, String description, Double value) {
        if (value != null) {
            all.add(new MetricFamily(name, kind, unit, description, List.of(new Sample(Map.of(), value, null))));
        }
    }

    private static Double openFiles() {
        try (Stream<Path> files = Files.list(PROC.resolve("fd"))) {
            return (double) files.count();
        } catch (IOException | java.io.UncheckedIOException e) {
            return null;
        }
    }

    private static Double kibibytes(Double count) {
        return count == null ? null : count * 1024;
    }

    private static Double find(String file, Pattern pattern) {
        try {
            Matcher matcher = pattern.matcher(Files.readString(PROC.resolve(file)));
            return matcher.find() ? Double.valueOf(matcher.group(1)) : null;
        } catch (IOException e) {
            return null;
        }
    }
}
