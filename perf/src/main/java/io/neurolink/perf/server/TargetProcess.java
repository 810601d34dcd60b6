package io.neurolink.perf.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@link TargetServer} in a process of its own, which ends with this object, and with this process in any case. Several threads may
 * ask it.
 */
public final class TargetProcess implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("listening on wss?://([^:]+):(\\d+)");
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final long END_SECONDS = 60;

    private final Process process;
    private final Path complaints;
    private final BufferedReader answers;
    private final Writer questions;
    private final InetSocketAddress address;
    private final Thread endWithUs;

    private TargetProcess(Process process, Path complaints) throws IOException {
        this.process = process;
        this.complaints = complaints;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.questions = process.outputWriter(StandardCharsets.UTF_8);
        this.endWithUs = new Thread(process::destroyForcibly, "target-end");
        Runtime.getRuntime().addShutdownHook(endWithUs);
        String line = answers.readLine();
        Matcher listening = LISTENING.matcher(line == null ? "" : line);
        if (!listening.matches()) {
            close();
            throw new IOException("the server to be attacked did not start: " + line + "\n" + complaints());
        }
        this.address = new InetSocketAddress(listening.group(1), Integer.parseInt(listening.group(2)));
    }

    /**
     * Starts a server from the class path of this process, with the same Java, and with the collector that the JVM chooses by itself.
     *
     * @param heapMegabytes  the heap it has, and as much direct memory.
     * @param maxDescriptors descriptors it may open, or 0 for as many as this process.
     * @param options        options of {@code target-server}.
     * @return the server, which accepts connections.
     * @throws IOException if it does not start.
     */
    public static TargetProcess start(int heapMegabytes, int maxDescriptors, List<String> options) throws IOException {
        List<String> command = new ArrayList<>();
        if (maxDescriptors > 0) {
            command.addAll(List.of("sh", "-c", "ulimit -n " + maxDescriptors + " && exec \"$@\"", "sh"));
        }
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms" + heapMegabytes + "m",
                "-Xmx" + heapMegabytes + "m", "-cp", System.getProperty("java.class.path"), "io.neurolink.perf.Perf", "target-server"));
        command.addAll(options);
        Path complaints = Files.createTempFile("neurolink-target", ".err");
        var builder = new ProcessBuilder(command).redirectError(complaints.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL") || name.equals("JDK_JAVA_OPTIONS"));
        return new TargetProcess(builder.start(), complaints);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return address;
    }

    /** How it is. */
    public TargetState state() {
        return TargetState.parse(ask("state"));
    }

    /** How it is after its garbage was collected. */
    public TargetState collected() {
        return TargetState.parse(ask("collect"));
    }

    /** The distinct errors it has seen, empty if none. */
    public String errors() {
        return ask("errors");
    }

    /** The names of its threads. */
    public String threads() {
        return ask("threads");
    }

    /** Bytes of its memory that are resident; 0 where the system does not tell. */
    public long residentBytes() {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        try {
            Matcher rss = RSS.matcher(Files.isReadable(status) ? Files.readString(status) : "");
            return rss.find() ? Long.parseLong(rss.group(1)) * 1024 : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it wrote to its standard error, which should be nothing. */
    public String complaints() throws IOException {
        return Files.exists(complaints) ? Files.readString(complaints).strip() : "";
    }

    private synchronized String ask(String question) {
        try {
            questions.write(question + "\n");
            questions.flush();
            String answer = answers.readLine();
            if (answer == null) {
                throw new IllegalStateException("the server is gone: " + complaints());
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("the server is gone", e);
        }
    }

    /**
     * Ends it as an operator would, with a drain.
     *
     * @return how it was when all its connections had ended.
     */
    public TargetState end() {
        return TargetState.parse(ask("end"));
    }

    /** Ends it however it is. */
    @Override
    public void close() throws IOException {
        try {
            questions.close();
        } catch (IOException itIsGone) {
            process.destroyForcibly();
        }
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        removeHook();
        Files.deleteIfExists(complaints);
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(endWithUs);
        } catch (IllegalStateException itRunsAlready) {
            process.destroyForcibly();
        }
    }
}
