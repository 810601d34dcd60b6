package io.neurolink.engine.spi;

import java.nio.ByteBuffer;

/**
 * A message as it came from the peer, valid <em>only during the callback it is passed to</em>: the engine reuses both the object and the
 * bytes
 * behind it. What must outlive the callback is taken out with {@link #text()} or {@link #toByteArray()}.
 */
public interface WebSocketMessage {
    /** {@return the kind of message} */
    WebSocketMessageType type();

    /** {@return whether this is a text message} */
    default boolean isText() {
        return type() == WebSocketMessageType.TEXT;
    }

    /** {@return length of the payload in bytes} */
    int length();

    /** {@return the payload as text, decoded from UTF-8 into a new string; for a binary message malformed bytes become U+FFFD} */
    String text();

    /**
     * The payload without a copy.
     *
     * @return a read-only view whose position and limit enclose the payload, valid during the callback; asking again resets both.
     */
    ByteBuffer bytes();

    /** {@return a copy of the payload} */
    byte[] toByteArray();

    /** {@return when the engine read the message from the socket, milliseconds since the epoch} */
    long timestamp();
}
