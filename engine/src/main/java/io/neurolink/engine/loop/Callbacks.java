package io.neurolink.engine.loop;

import io.neurolink.engine.jfr.HandlerWatch;
import io.neurolink.engine.jfr.JfrEvents;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.status.HandlerTimer;
import org.agrona.ErrorHandler;

/**
 * Calls handlers so that what they throw is counted, reaches {@code onError} and goes no further. Belongs to the thread that calls the
 * handlers.
 */
public final class Callbacks {
    private static final int INTERNAL_ERROR = 1011;

    private final ErrorHandler handlerErrors;
    private final HandlerTimer timer;

    /** Null if handlers run on many threads. */
    private final HandlerWatch threadWatch;

    /**
     * For handlers that run on one thread, which says when there is something else to do: {@link #endTurn()}.
     *
     * @param handlerErrors counts and keeps what handlers throw.
     * @param timer         times them.
     */
    public Callbacks(ErrorHandler handlerErrors, HandlerTimer timer) {
        this(handlerErrors, timer, new HandlerWatch());
    }

    private Callbacks(ErrorHandler handlerErrors, HandlerTimer timer, HandlerWatch threadWatch) {
        this.handlerErrors = handlerErrors;
        this.timer = timer;
        this.threadWatch = threadWatch;
    }

    /**
     * For handlers that run on many threads.
     *
     * @param handlerErrors counts and keeps what handlers throw.
     * @param timer         times them; of all threads.
     */
    public static Callbacks ofAll(ErrorHandler handlerErrors, HandlerTimer timer) {
        return new Callbacks(handlerErrors, timer, null);
    }

    /** A handler that could not set itself up must not get messages: the connection is closed with 1011. */
    public void open(LoopConnection connection) {
        try {
            connection.handler().onOpen(connection);
        } catch (Throwable t) {
            failed(connection, t);
            connection.close(INTERNAL_ERROR, "onOpen failed");
        }
    }

    /**
     * Delivers a message, unless nobody wants it any more because the connection was closed meanwhile.
     *
     * @param cycleNs time of the thread's cycle; see {@link HandlerTimer}.
     */
    public void message(LoopConnection connection, InboundMessage message, long cycleNs) {
        if (!connection.wantsMessages()) {
            return;
        }
        boolean isTimed = timer.isDue(cycleNs);
        HandlerWatch watch = JfrEvents.watchesHandlers() ? threadWatch != null ? threadWatch : new HandlerWatch() : null;
        if (watch != null) {
            watch.begin(connection.id(), connection.path());
        }
        long startNs = isTimed ? timer.nanoTime() : 0;
        try {
            if (message.isWhole()) {
                connection.handler().onMessage(connection, message);
            } else if (message.isPart()) {
                connection.handler().onPartialMessage(connection, message, message.isLastPart());
            } else {
                connection.handler().onRateLimited(connection, message, message.retryAfterMs());
            }
        } catch (Throwable t) {
            failed(connection, t);
        }
        if (isTimed) {
            timer.record(startNs);
        }
        if (watch != null) {
            watch.end();
            if (threadWatch == null) {
                watch.endTurn();
            }
        }
    }

    /** No further message of the same connection follows at once. */
    public void endTurn() {
        threadWatch.endTurn();
    }

    /** Delivers an error that did not come from a callback. */
    public void error(LoopConnection connection, Throwable error) {
        try {
            connection.handler().onError(connection, error);
        } catch (Throwable t) {
            handlerErrors.onError(t);
        }
    }

    /** Says that there is room again. */
    public void writable(LoopConnection connection) {
        try {
            connection.handler().onWritable(connection);
        } catch (Throwable t) {
            failed(connection, t);
        }
    }

    /** Says that the server is about to end. */
    public void drain(LoopConnection connection, DrainNotice notice) {
        try {
            connection.handler().onDrain(connection, notice);
        } catch (Throwable t) {
            failed(connection, t);
        } finally {
            connection.noticedVolatile();
        }
    }

    /** Says that the connection is gone; nothing follows, not even what this throws. */
    public void close(LoopConnection connection) {
        try {
            connection.handler().onClose(connection, connection.finalCode(), connection.finalReason());
        } catch (Throwable t) {
            handlerErrors.onError(t);
        }
    }

    private void failed(LoopConnection connection, Throwable t) {
        handlerErrors.onError(t);
        error(connection, t);
    }
}
