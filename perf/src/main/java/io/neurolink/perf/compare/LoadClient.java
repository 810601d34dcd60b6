package io.neurolink.perf.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The load client in a process of its own, which stays up so that it is warm: {@link LoadCellsCommand} reads one command a line. When it
 * does not answer in time a new one takes its place. One thread.
 */
final class LoadClient implements AutoCloseable {
    private final Processes processes;
    private final List<String> command;
    private Process process;
    private Writer questions;
    private BlockingQueue<String> answers;

    /** @param command starts a {@link LoadCellsCommand}, which is done when it is first needed. */
    LoadClient(Processes processes, List<String> command) {
        this.processes = processes;
        this.command = command;
    }

    /**
     * Runs one cell.
     *
     * @param cell      the subcommand and its options, none with white space in it.
     * @param timeoutNs how long it may take.
     * @return the JSON it prints.
     * @throws IOException if it prints none; the message says what it says instead.
     */
    Map<String, Object> run(List<String> cell, long timeoutNs) throws IOException {
        if (process == null || !process.isAlive()) {
            start();
        }
        questions.write(String.join(" ", cell) + "\n");
        questions.flush();
        return result(System.nanoTime() + timeoutNs);
    }

    private Map<String, Object> result(long deadlineNs) throws IOException {
        StringBuilder text = new StringBuilder();
        String line = next(deadlineNs);
        while (!line.startsWith(LoadCellsCommand.END)) {
            text.append(line).append('\n');
            line = next(deadlineNs);
        }
        int json = text.indexOf("{");
        if (json < 0) {
            throw new IOException(text.isEmpty() ? "the load client says nothing" : text.toString().lines().findFirst().orElse(""));
        }
        return JsonText.read(text.substring(json));
    }

    private String next(long deadlineNs) throws IOException {
        try {
            String line = answers.poll(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                close();
                throw new IOException("the load client did not answer in time");
            }
            if (line.equals(Reader.GONE)) {
                close();
                throw new IOException("the load client ended");
            }
            return line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void start() throws IOException {
        process = processes.start(command, null);
        questions = process.outputWriter(StandardCharsets.UTF_8);
        answers = new LinkedBlockingQueue<>();
        Thread reader = new Thread(new Reader(process.inputReader(StandardCharsets.UTF_8), answers), "compare-answers");
        reader.setDaemon(true);
        reader.start();
    }

    @Override
    public void close() {
        if (process != null) {
            processes.end(process);
            process = null;
        }
    }

    /** Takes lines from the process, so that waiting for one can end. */
    private record Reader(BufferedReader from, BlockingQueue<String> to) implements Runnable {
        /** Cannot be a line, since it has an end of line in it. */
        private static final String GONE = "gone\n";

        @Override
        public void run() {
            try (from) {
                from.lines().forEach(to::add);
            } catch (IOException | UncheckedIOException e) {
                // It was ended while it spoke.
                to.add(GONE);
            }
            to.add(GONE);
        }
    }
}
