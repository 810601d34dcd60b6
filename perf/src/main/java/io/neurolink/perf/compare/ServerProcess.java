package io.neurolink.perf.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server under load. One thread. */
final class ServerProcess implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("(?m)^listening on (wss?://\\S+:\\d+)$");
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(40);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Processes processes;
    private final Process process;
    private final Path log;
    private final String url;

    private ServerProcess(Processes processes, Process process, Path log) throws IOException {
        this.processes = processes;
        this.process = process;
        this.log = log;
        this.url = waitForUrl();
    }

    /**
     * Starts a server.
     *
     * @param command prints {@code listening on URL} when it accepts connections.
     * @param log     gets all it prints.
     * @throws IOException if it cannot be started or prints no such line; the message says what it printed last.
     */
    static ServerProcess start(Processes processes, List<String> command, Path log) throws IOException {
        Process process = processes.start(command, log);
        try {
            return new ServerProcess(processes, process, log);
        } catch (IOException e) {
            processes.end(process);
            throw e;
        }
    }

    private String waitForUrl() throws IOException {
        long deadlineNs = System.nanoTime() + START_TIMEOUT_NS;
        while (true) {
            boolean isAlive = process.isAlive();
            Matcher listening = LISTENING.matcher(Files.readString(log));
            if (listening.find()) {
                return listening.group(1) + "/";
            }
            if (!isAlive || System.nanoTime() - deadlineNs >= 0) {
                throw new IOException((isAlive ? "did not listen within 40 s" : "ended at once") + lastWords());
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private String lastWords() throws IOException {
        List<String> lines = Files.readString(log).lines().filter(line -> !line.isBlank()).toList();
        return lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1).strip();
    }

    /** Where clients connect. */
    String url() {
        return url;
    }

    long pid() {
        return process.pid();
    }

    /** @return why it is of no use any more, or null if it runs */
    String death() throws IOException {
        return process.isAlive() ? null : "the server ended" + lastWords();
    }

    @Override
    public void close() {
        processes.end(process);
    }
}
