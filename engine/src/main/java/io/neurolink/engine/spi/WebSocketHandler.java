package io.neurolink.engine.spi;

import java.util.Map;

/**
 * Receives what happens on the connections of a path. One handler serves many connections at once.
 *
 * <p>For one connection the callbacks come one after the other, never two at a time: {@code onOpen}, then any number of {@code
 * onMessage},
 * {@code onError} and {@code onWritable}, then {@code onClose} exactly once. The calling thread depends on the manager's handler
 * threading:
 * {@code WORKER} (default): the worker the connection belongs to; it may block for a short while, which delays other connections of that
 * worker only. {@code INLINE}: the event loop; it must never block. {@code VIRTUAL}: a virtual thread; it may block as long as it likes.
 *
 * <p>Once {@link WebSocketConnection#close(int, String)} was called, by whatever thread, {@code onMessage} is not called any more: what
 * the peer had sent before and was not delivered yet is dropped.
 *
 * <p>An exception thrown by a callback is counted, reaches {@link #onError} of the same connection, and harms nothing else.
 */
public interface WebSocketHandler {
    /**
     * Lets the handler keep what it needs of the upgrade request; it is called after authentication, before the 101 is written.
     * Runs on the event loop in every threading mode: it must not block.
     *
     * @param request  the upgrade request, valid during the call.
     * @param metadata the future {@link WebSocketConnection#metadata()}.
     */
    default void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
    }

    /**
     * The connection is established.
     *
     * @param connection the new connection.
     */
    default void onOpen(WebSocketConnection connection) {
    }

    /**
     * A whole message came in.
     *
     * @param connection where it came from.
     * @param message    the message, valid during the call only.
     */
    default void onMessage(WebSocketConnection connection, WebSocketMessage message) {
    }

    /**
     * The connection is gone; nothing follows. Called exactly once for every connection whose {@code onOpen} was called.
     *
     * @param connection the connection.
     * @param code       close code of the peer, or the one sent to it; 1005 if its close frame had none; 1006 if the line broke or the
     *                   peer
     *                   did not answer in time.
     * @param reason     the reason that came with the code, possibly empty.
     */
    default void onClose(WebSocketConnection connection, int code, String reason) {
    }

    /**
     * Something went wrong: a callback threw, the peer violated the protocol or a limit ({@link WebSocketError}), or messages that were
     * accepted could not be delivered.
     *
     * @param connection the connection concerned.
     * @param error      what happened.
     */
    default void onError(WebSocketConnection connection, Throwable error) {
    }

    /**
     * A whole message came in that exceeds a rate limit with the policy {@link RateLimitPolicy#REPORT}; it does not come to
     * {@link #onMessage}. As it stands, tells {@link #onError}.
     *
     * @param connection   where it came from.
     * @param message      the message, valid during the call only.
     * @param retryAfterMs when such a message would be taken, in milliseconds from now, at least 1.
     */
    default void onRateLimited(WebSocketConnection connection, WebSocketMessage message, long retryAfterMs) {
        onError(connection, new WebSocketRateLimitError(connection.id(), retryAfterMs));
    }

    /**
     * The buffered bytes fell below the low-water mark after {@link WebSocketConnection#isWritable()} was false, or a send that was
     * {@link SendResult#BACK_PRESSURED} may be tried again.
     *
     * @param connection the connection that takes more now.
     */
    default void onWritable(WebSocketConnection connection) {
    }

    /**
     * The server is about to end and will close this connection, if it is not busy soon: the place to tell the peer, and to begin nothing
     * new. It is told after the messages that had come in before, and the connection is not closed before this has returned, unless the
     * time for all of that is over. Who is still {@linkplain #isBusy busy} when its time is over is told once more, with
     * {@link DrainNotice#isLast()}.
     *
     * @param connection the connection.
     * @param notice     how long it may stay, and when its peer should come back.
     */
    default void onDrain(WebSocketConnection connection, DrainNotice notice) {
    }

    /**
     * Tells whether a server that is about to end should wait, up to a deadline, before it closes this connection; for instance because an
     * answer is on its way. Asked again and again, on the event loop in every threading mode, also while a callback runs: it must not
     * block.
     * What it throws means no.
     *
     * @param connection an open connection.
     * @return whether to wait; as it stands, no.
     */
    default boolean isBusy(WebSocketConnection connection) {
        return false;
    }
}
