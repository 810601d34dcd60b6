package io.neurolink.perf.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The processes a comparison has started. They end with it, however it ends. Any thread. */
final class Processes implements AutoCloseable {
    private static final int GRACE_SECONDS = 5;

    private final Signals signals;
    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private final Thread hook = new Thread(this::endAll, "compare-end");

    Processes(Signals signals) {
        this.signals = signals;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts one.
     *
     * @param log where everything it prints goes, or null to read that from it and drop its errors.
     */
    Process start(List<String> command, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        if (log == null) {
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        } else {
            builder.redirectErrorStream(true).redirectOutput(log.toFile());
        }
        builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL") || name.equals("JDK_JAVA_OPTIONS"));
        Process process = builder.start();
        running.add(process);
        return process;
    }

    /** Ends one, gently if it lets itself be ended so. */
    void end(Process process) {
        if (process.isAlive()) {
            signals.resume(process.pid());
            process.destroy();
        }
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        running.remove(process);
    }

    /** Nobody has time for grace in a shutdown hook. SIGKILL reaches those as well that stand still. */
    private void endAll() {
        running.forEach(Process::destroyForcibly);
    }

    @Override
    public void close() {
        running.forEach(this::end);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending already, and the hook does the same.
            endAll();
        }
    }
}
