package io.neurolink.engine.loop;

import io.neurolink.engine.spi.DrainNotice;
import org.agrona.ErrorHandler;

/**
 * Calls handlers so that what they throw is counted, reaches {@code onError} and goes no further. Belongs to the thread that calls the
 * handlers.
 */
public final class Callbacks {
    private static final int INTERNAL_ERROR = 1011;

    private final ErrorHandler handlerErrors;

    /**
     * @param handlerErrors counts and keeps what handlers throw.
     */
    public Callbacks(ErrorHandler handlerErrors) {
        this.handlerErrors = handlerErrors;
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

    /** Delivers a message, unless nobody wants it any more because the connection was closed meanwhile. */
    public void message(LoopConnection connection, InboundMessage message) {
        if (!connection.wantsMessages()) {
            return;
        }
        try {
            if (message.retryAfterMs() == 0) {
                connection.handler().onMessage(connection, message);
            } else {
                connection.handler().onRateLimited(connection, message, message.retryAfterMs());
            }
        } catch (Throwable t) {
            failed(connection, t);
        }
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
