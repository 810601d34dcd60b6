package io.neurolink.engine.spi;

import java.time.Duration;
import java.util.List;

/**
 * A thread of the engine that does not come forward: as a rule, a handler that blocks it.
 *
 * @param threadName   name of the thread, for instance {@code neurolink-worker-0}
 * @param connectionId connection it is working for, or null if that is not known
 * @param path         path of that connection, or null
 * @param lasting      for how long it has made no progress
 * @param stack        where it is now, innermost call first
 */
public record HandlerStall(String threadName, String connectionId, String path, Duration lasting, List<StackTraceElement> stack) {
    /** Takes a copy of the stack. */
    public HandlerStall {
        stack = List.copyOf(stack);
    }

    /** @return what happened in one line, and the stack below it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(threadName).append(" has made no progress for ").append(lasting.toMillis()).append(" ms");
        if (connectionId != null) {
            text.append(", working for connection ").append(connectionId).append(" of ").append(path);
        }
        stack.forEach(element -> text.append(System.lineSeparator()).append("\tat ").append(element));
        return text.toString();
    }
}
