package io.neurolink.engine.spi;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;

/**
 * One WebSocket connection. Every method may be called from any thread, at any time, also after the connection ended; none blocks. What
 * one thread sends over a connection arrives in the order in which that thread sent it; where several threads take turns, each after the
 * other's send has returned, their messages arrive in that order too.
 */
public interface WebSocketConnection {
    /** {@return unique, unguessable identifier of this connection} */
    String id();

    /** {@return who the connection belongs to, or null as long as nobody has been authenticated} */
    AuthenticatedUser user();

    /** {@return free room for the application's own data; holds {@code path} from the start} Safe for use by several threads. */
    ConcurrentMap<String, Object> metadata();

    /**
     * Says where in a distributed trace the upgrade request stood.
     *
     * @return what lies under {@link TraceContext#METADATA_KEY} in the metadata, or null if its headers told nothing valid.
     */
    default TraceContext trace() {
        return metadata().get(TraceContext.METADATA_KEY) instanceof TraceContext trace ? trace : null;
    }

    /** {@return path of the upgrade request, without the query} */
    String path();

    /** {@return the subprotocol agreed on (RFC 6455 section 1.9), or null} */
    String subprotocol();

    /**
     * {@return address of the client: the socket's other end, or whom a trusted proxy names; its port is 0 if the proxy did not tell it}
     */
    InetSocketAddress remoteAddress();

    /** {@return address of the socket's other end: that of the proxy where one told of the client} */
    default InetSocketAddress peerAddress() {
        return remoteAddress();
    }

    /** {@return when the connection was established, milliseconds since the epoch} */
    long createdAt();

    /** {@return when the last byte came in, or the last message was sent, milliseconds since the epoch} */
    long lastActivity();

    /** {@return whether messages can still be sent: established, and no close frame sent or received yet} */
    boolean isOpen();

    /**
     * Sends a text message.
     *
     * @param text the whole message; unpaired surrogates are sent as U+FFFD.
     * @return what became of it.
     */
    SendResult send(String text);

    /**
     * Sends a binary message.
     *
     * @param bytes the whole message; copied or written before the call returns.
     * @return what became of it.
     */
    default SendResult send(byte[] bytes) {
        return send(ByteBuffer.wrap(bytes));
    }

    /**
     * Sends a binary message.
     *
     * @param bytes the bytes between position and limit, which both stay as they are; copied or written before the call returns.
     * @return what became of it.
     */
    SendResult send(ByteBuffer bytes);

    /**
     * Sends a text message whose bytes are UTF-8 already.
     *
     * @param utf8 the bytes between position and limit, which both stay as they are; the caller vouches that they are UTF-8.
     * @return what became of it.
     */
    SendResult sendText(ByteBuffer utf8);

    /**
     * Sends the payload of a message just received, with the same type: the fastest way to echo or relay it.
     *
     * @param message a text or binary message, during the callback that delivered it.
     * @return what became of it.
     * @throws IllegalArgumentException if the message is a control frame.
     */
    SendResult send(WebSocketMessage message);

    /**
     * Begins a message that is sent in parts, for one that is larger than memory, or not known as a whole when its beginning is.
     *
     * @param type {@code TEXT} or {@code BINARY}.
     * @return takes the parts. Nothing is sent before the first.
     * @throws IllegalArgumentException      if the type is another.
     * @throws IllegalStateException         if the last one that was begun has not ended: messages cannot be interleaved.
     * @throws UnsupportedOperationException if this kind of connection has none.
     */
    default MessageWriter openMessage(WebSocketMessageType type) {
        throw new UnsupportedOperationException("this connection sends no messages in parts");
    }

    /**
     * Sends a ping with a payload chosen by the engine; the answer updates {@link #roundTripTime()}.
     *
     * @return what became of it.
     */
    SendResult ping();

    /**
     * Starts the closing handshake with code 1000 and no reason.
     *
     * @return completes when the connection is gone.
     */
    default CompletionStage<Void> close() {
        return close(1000, "");
    }

    /**
     * Starts the closing handshake: what was accepted before is sent first, then a close frame; the socket is closed when the peer has
     * answered or the close timeout has passed. A second call changes nothing.
     *
     * @param code   a code that may be sent: 1000 to 1003, 1007 to 1014, 3000 to 4999 (RFC 6455 section 7.4).
     * @param reason at most 123 bytes of UTF-8.
     * @return completes when the connection is gone.
     * @throws IllegalArgumentException if the code must not be sent or the reason is too long.
     */
    CompletableFuture<Void> close(int code, String reason);

    /** {@return bytes accepted by {@code send} that the socket has not taken yet} */
    long bufferedAmount();

    /** {@return false while more than the high-water mark is buffered; {@link WebSocketHandler#onWritable} tells when it is true again} */
    boolean isWritable();

    /** {@return time between the last ping and its pong, or null before the first} */
    Duration roundTripTime();

    /** {@return what has come and gone so far; zeros from an implementation that does not count} */
    default ConnectionTraffic traffic() {
        return ConnectionTraffic.NONE;
    }

    /**
     * Subscribes to a topic of this connection's manager. Takes effect in order with what the calling thread sends and publishes.
     *
     * @param topic name of the topic, not empty.
     * @return whether the request was taken; see {@link SendResult}.
     */
    SendResult subscribe(String topic);

    /**
     * Ends a subscription; nothing happens if there is none.
     *
     * @param topic name of the topic.
     * @return whether the request was taken; see {@link SendResult}.
     */
    SendResult unsubscribe(String topic);

    /** {@return the topics subscribed to at this moment, as a copy} */
    Set<String> topics();

    /**
     * Authenticates a connection that is already open, with the authenticator of its manager: for protocols that carry the credential in
     * a
     * message. On success {@link #user()} changes and the first-message deadline, if one runs, is lifted.
     *
     * @param credential token, key or {@code user:password}, as the strategy wants it.
     * @return completes with the decision, on a thread of the engine or of the authenticator.
     */
    CompletionStage<AuthDecision> authenticate(String credential);
}
