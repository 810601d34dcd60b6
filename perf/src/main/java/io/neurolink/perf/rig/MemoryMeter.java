package io.neurolink.perf.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Memory of the server's process: what is resident, where the system tells, and what lives on the heap, where it is a JVM. */
final class MemoryMeter {
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)\\s*$");
    private static final long JCMD_SECONDS = 60;

    /** A look at the memory; a part that is not known is empty. */
    record Sample(OptionalLong rssBytes, OptionalLong liveHeapBytes) {
        static final Sample UNKNOWN = new Sample(OptionalLong.empty(), OptionalLong.empty());

        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            rssBytes.ifPresent(bytes -> map.put("rssBytes", bytes));
            liveHeapBytes.ifPresent(bytes -> map.put("liveHeapBytes", bytes));
            return map;
        }
    }

    private final long pid;

    /** @param pid process of the server, 0 if it is not known. */
    MemoryMeter(long pid) {
        this.pid = pid;
    }

    /** Collects the server's garbage, then looks. Blocks for as long as that takes. */
    Sample sample() {
        if (pid == 0) {
            return Sample.UNKNOWN;
        }
        OptionalLong liveHeap = liveHeapBytes();
        return new Sample(rssBytes(), liveHeap);
    }

    private OptionalLong rssBytes() {
        try {
            Matcher rss = RSS.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
            return rss.find() ? OptionalLong.of(Long.parseLong(rss.group(1)) * 1024) : OptionalLong.empty();
        } catch (IOException notLinux) {
            return OptionalLong.empty();
        }
    }

    /** To be asked first: jcmd sends a signal that ends any process but a JVM. */
    private boolean isJvm() {
        try (Stream<String> mapped = Files.lines(Path.of("/proc", Long.toString(pid), "maps"))) {
            return mapped.anyMatch(line -> line.endsWith("libjvm.so"));
        } catch (IOException | UncheckedIOException notLinux) {
            return false;
        }
    }

    /** A class histogram is of live objects only, since a full collection goes before it. */
    private OptionalLong liveHeapBytes() {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd) || !isJvm()) {
            return OptionalLong.empty();
        }
        try {
            Path output = Files.createTempFile("neurolink-histogram", ".txt");
            try {
                return liveHeapBytes(jcmd, output);
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }

    /** Through a file, since a JVM that looks at itself stands still until all is written and so would never read a pipe. */
    private OptionalLong liveHeapBytes(Path jcmd, Path output) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        if (!process.waitFor(JCMD_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return OptionalLong.empty();
        }
        Matcher total = TOTAL.matcher(Files.readString(output));
        return process.exitValue() == 0 && total.find() ? OptionalLong.of(Long.parseLong(total.group(1))) : OptionalLong.empty();
    }
}
