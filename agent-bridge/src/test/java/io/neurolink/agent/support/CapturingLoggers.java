package io.neurolink.agent.support;

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

    /** @return the last lines logged, oldest first. */
    public static List<String> lines() {
        return List.copyOf(LINES);
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
                LINES.add(level + " " + message + (thrown == null ? "" : ": " + thrown));
                if (LINES.size() > CAPACITY) {
                    LINES.poll();
                }
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            log(level, bundle, params == null || params.length == 0 ? format : MessageFormat.format(format, params), (Throwable) null);
        }
    }
}
