package io.neurolink.agent.support;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.text.MessageFormat;
import java.util.List;
import java.util.Queue;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Keeps what the product logs, so that tests can look at it and their output stays readable. */
public final class CapturingLoggers extends System.LoggerFinder {
    private static final int CAPACITY = 1000;
    private static final Queue<String> LINES = new ConcurrentLinkedQueue<>();
    private static final Queue<String> TRACES = new ConcurrentLinkedQueue<>();

    /** @return the last lines logged, oldest first. */
    public static List<String> lines() {
        return List.copyOf(LINES);
    }

    /** @return the same with the whole stack traces of what was logged with them. */
    public static String traces() {
        return String.join("\n", TRACES);
    }

    private static void keep(Queue<String> queue, String text) {
        queue.add(text);
        if (queue.size() > CAPACITY) {
            queue.poll();
        }
    }

    private static String traceOf(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    @Override
    public Logger getLogger(String name, Module module) {
        return new CapturingLogger(name);
    }

    private record CapturingLogger(String name) implements Logger {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            return name.startsWith("io.neurolink") && level.getSeverity() >= Level.DEBUG.getSeverity();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (isLoggable(level)) {
                keep(LINES, level + " " + message + (thrown == null ? "" : ": " + thrown));
                keep(TRACES, level + " " + message + (thrown == null ? "" : ": " + traceOf(thrown)));
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            log(level, bundle, params == null || params.length == 0 ? format : MessageFormat.format(format, params), (Throwable) null);
        }
    }
}
