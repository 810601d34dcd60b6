package io.neurolink.engine.spi;

/**
 * What became of a message handed to {@code send}, {@code broadcast} or {@code publish}. Back-pressure is a return value, never an
 * exception.
 */
public enum SendResult {
    /** Taken. It leaves in order, or is reported to {@link WebSocketHandler#onError} if the connection ends first. */
    ACCEPTED,

    /**
     * Not taken: the bounded hand-off between the calling thread and the connection's event loop is full. The caller still owns the
     * message; {@link WebSocketHandler#onWritable} is called once there is room, then it may be sent again.
     */
    BACK_PRESSURED,

    /** Not taken: it would have exceeded {@code maxBufferedBytes} and the slow-consumer policy says to drop it. Counted. */
    DROPPED,

    /** Not taken: the connection is closing or closed, or was closed by this very call because the peer reads too slowly. */
    CLOSED
}
