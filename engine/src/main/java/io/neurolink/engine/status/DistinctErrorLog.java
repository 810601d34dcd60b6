package io.neurolink.engine.status;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Remembers every different error once, with how often and when, instead of writing the same stack trace a million times. Errors are the
 * same when their class, their message and the place that threw them are. Bounded; what no longer fits is counted. Never throws. Any
 * thread.
 */
public final class DistinctErrorLog {

    /** How many different errors are remembered if nothing else is said. */
    public static final int DEFAULT_CAPACITY = 256;

    /** Longer messages are cut, in characters. */
    public static final int MAX_MESSAGE_LENGTH = 512;

    /** Longer stack traces are cut, in characters. */
    public static final int MAX_STACK_LENGTH = 16 * 1024;

    private final int capacity;
    private final LongSupplier epochMs;
    private final Map<Key, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicInteger admitted = new AtomicInteger();
    private final LongAdder overflowCount = new LongAdder();

    /** Creates an empty log of the default capacity that stamps with the system's clock. */
    public DistinctErrorLog() {
        this(DEFAULT_CAPACITY, System::currentTimeMillis);
    }

    /**
     * Creates an empty log.
     *
     * @param capacity how many different errors are remembered, 1 or more.
     * @param epochMs  the clock, in milliseconds since 1970.
     */
    public DistinctErrorLog(int capacity, LongSupplier epochMs) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be 1 or more: " + capacity);
        }
        this.capacity = capacity;
        this.epochMs = epochMs;
    }

    /**
     * Remembers that an error happened.
     *
     * @return true if it is the first of its kind and was admitted.
     */
    public boolean record(Throwable error) {
        Key key = Key.of(error);
        Entry entry = entries.get(key);
        if (entry == null) {
            entry = admit(key, error);
        }
        if (entry == null) {
            overflowCount.increment();
            return false;
        }
        return entry.happened(epochMs.getAsLong());
    }

    /** How often an error happened that was not remembered because the log was full. */
    public long overflowCount() {
        return overflowCount.sum();
    }

    /** What is remembered, the latest first. */
    public List<DistinctError> snapshot() {
        return entries.entrySet().stream()
            .map(entry -> entry.getValue().toDistinctError(entry.getKey()))
            .filter(error -> error.count() > 0)
            .sorted((a, b) -> Long.compare(b.lastMs(), a.lastMs()))
            .toList();
    }

    private Entry admit(Key key, Throwable error) {
        if (admitted.incrementAndGet() > capacity) {
            admitted.decrementAndGet();
            return entries.get(key);
        }
        Entry fresh = new Entry(stackOf(error));
        Entry earlier = entries.putIfAbsent(key, fresh);
        if (earlier != null) {
            admitted.decrementAndGet();
            return earlier;
        }
        return fresh;
    }

    private static String stackOf(Throwable error) {
        StringWriter out = new StringWriter();
        try {
            error.printStackTrace(new PrintWriter(out, true));
        } catch (Throwable failure) {
            out.write("\n(its stack trace cannot be printed: " + failure.getClass().getName() + ")");
        }
        return cut(out.toString(), MAX_STACK_LENGTH);
    }

    private static String messageOf(Throwable error) {
        try {
            String message = error.getMessage();
            return message == null ? "" : cut(message, MAX_MESSAGE_LENGTH);
        } catch (Throwable failure) {
            return "(its message cannot be read: " + failure.getClass().getName() + ")";
        }
    }

    private static StackTraceElement originOf(Throwable error) {
        StackTraceElement[] stack = error.getStackTrace();
        return stack == null || stack.length == 0 ? null : stack[0];
    }

    private static String cut(String text, int maxLength) {
        return text.length() <= maxLength ? text : text.substring(0, maxLength);
    }

    private record Key(String type, String message, StackTraceElement origin) {

        static Key of(Throwable error) {
            return new Key(error.getClass().getName(), messageOf(error), originOf(error));
        }
    }

    private static final class Entry {

        private final String stack;
        private long count;
        private long firstMs;
        private long lastMs;

        Entry(String stack) {
            this.stack = stack;
        }

        synchronized boolean happened(long nowMs) {
            if (count == 0) {
                firstMs = nowMs;
            }
            lastMs = nowMs;
            return ++count == 1;
        }

        synchronized DistinctError toDistinctError(Key key) {
            return new DistinctError(key.type(), key.message(), stack, count, firstMs, lastMs);
        }
    }
}
