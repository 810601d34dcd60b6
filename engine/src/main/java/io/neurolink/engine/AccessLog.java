package io.neurolink.engine;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Whether and how a server logs who has come: a line for every HTTP request and upgrade, accepted or refused, and one for the end of every
 * WebSocket connection. Event loops only hand over what they know; a thread of its own makes lines of it. When more lines wait than may,
 * new ones are dropped and counted as {@code access_log.dropped}. Immutable.
 *
 * <pre>{@code NeuroLinkServer.builder().accessLog(AccessLog.json())}</pre>
 */
public final class AccessLog {
    /** The name of the {@link System.Logger} that gets the lines, with level {@code INFO}, unless {@link #to} says otherwise. */
    public static final String LOGGER = "io.neurolink.access";

    private static final int DEFAULT_WAITING = 8192;
    private static final int MAX_WAITING = 1 << 20;

    private final Format format;
    private final int maxWaiting;

    /** Null stands for the logger, which is looked up when a server starts. */
    private final Consumer<String> sink;

    /** The form of a line. */
    public enum Format {
        /** Pairs {@code key=value}, separated by blanks; values that need it in quotes. */
        LOGFMT,
        /** A JSON object. */
        JSON
    }

    private AccessLog(Format format, int maxWaiting, Consumer<String> sink) {
        this.format = format;
        this.maxWaiting = maxWaiting;
        this.sink = sink;
    }

    /** {@return no access log; the default} */
    public static AccessLog off() {
        return new AccessLog(null, DEFAULT_WAITING, null);
    }

    /** {@return lines of pairs, to the logger} */
    public static AccessLog logfmt() {
        return new AccessLog(Format.LOGFMT, DEFAULT_WAITING, null);
    }

    /** {@return lines of JSON, to the logger} */
    public static AccessLog json() {
        return new AccessLog(Format.JSON, DEFAULT_WAITING, null);
    }

    /**
     * Sends the lines elsewhere.
     *
     * @param lines takes each line, without its end; called by one thread at a time, may block, and what it throws is counted as an error
     *              of the application. What is {@link AutoCloseable} is closed with the server.
     * @return a log like this with that target.
     */
    public AccessLog to(Consumer<String> lines) {
        return new AccessLog(format, maxWaiting, Objects.requireNonNull(lines, "lines"));
    }

    /**
     * Appends the lines to a file, in UTF-8. When log rotation moves or deletes it, it is made anew within a second.
     *
     * @param file the file, made if it is not there.
     * @return a log like this with that target, for one server.
     * @throws IOException if the file cannot be opened for writing.
     */
    public AccessLog toFile(Path file) throws IOException {
        return to(new AccessLogFile(file, System::nanoTime));
    }

    /**
     * Limits what may wait to be written.
     *
     * @param lines 2 to 1,048,576, rounded up to a power of two; default 8192.
     * @return a log like this with that limit.
     */
    public AccessLog maxWaiting(int lines) {
        if (lines < 2 || lines > MAX_WAITING) {
            throw new IllegalArgumentException("maxWaiting must be 2 to " + MAX_WAITING + ", not " + lines);
        }
        return new AccessLog(format, lines, sink);
    }

    /** {@return whether anything is logged} */
    public boolean isOn() {
        return format != null;
    }

    /** {@return the form of the lines, or null if there are none} */
    public Format format() {
        return format;
    }

    /** {@return how many lines may wait} */
    public int maxWaiting() {
        return maxWaiting;
    }

    Consumer<String> sink() {
        if (sink != null) {
            return sink;
        }
        System.Logger logger = System.getLogger(LOGGER);
        return line -> logger.log(Level.INFO, line);
    }

    @Override
    public String toString() {
        return isOn() ? "AccessLog[" + format + ", maxWaiting=" + maxWaiting + "]" : "AccessLog[off]";
    }
}
