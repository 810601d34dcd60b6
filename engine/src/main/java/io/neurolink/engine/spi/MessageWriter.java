package io.neurolink.engine.spi;

import java.nio.ByteBuffer;

/**
 * A message that is sent in parts, as fragments (RFC 6455 section 5.4), so that it may be larger than memory. Made by
 * {@link WebSocketConnection#openMessage}.
 *
 * <p>Each part that is taken goes out as a frame of its own, or stays in the connection's queue until the peer reads. A part is refused
 * with
 * {@link SendResult#BACK_PRESSURED}, and nothing of it taken, while more than the connection's high-water mark waits in front of it;
 * {@code onWritable} of the handler says when to try the same part again. So a slow peer slows the sender down and is no slow consumer on
 * account of this
 * message.
 *
 * <p>Pings, pongs and the close frame go between the parts. Every other message that is sent over the connection meanwhile, broadcasts
 * among
 * them, is queued behind the end of this one, uncompressed, and counts as buffered: end a message soon where others are sent too, since
 * above {@code maxBufferedBytes} the slow-consumer policy applies to those as ever.
 *
 * <p>One thread at a time; none of the methods blocks.
 */
public interface MessageWriter extends AutoCloseable {
    /**
     * Sends a part.
     *
     * @param part the bytes between position and limit, at most {@code maxBufferedBytes}; copied before the call returns, and position and
     *             limit stay. Of a text message, UTF-8 that may be cut anywhere, also within a character; the caller vouches for it. An
     *             empty
     *             part sends nothing.
     * @return {@code ACCEPTED}, {@code BACK_PRESSURED}, or {@code CLOSED}.
     * @throws IllegalArgumentException if the part is too long.
     * @throws IllegalStateException    if the message has ended.
     */
    SendResult write(ByteBuffer part);

    /**
     * Sends a part of a text message.
     *
     * @param part the text; the two halves of a surrogate pair may come in two parts.
     * @return as {@link #write(ByteBuffer)}.
     * @throws IllegalArgumentException if the part is too long.
     * @throws IllegalStateException    if the message has ended, or is not a text message.
     */
    SendResult write(String part);

    /**
     * Sends a part.
     *
     * @param part the bytes.
     * @return as {@link #write(ByteBuffer)}.
     */
    default SendResult write(byte[] part) {
        return write(ByteBuffer.wrap(part));
    }

    /**
     * Ends the message, with a last frame of no bytes or few, which is taken however much waits.
     *
     * @return {@code ACCEPTED}: the message is complete, and nothing more may be written; {@code BACK_PRESSURED}, which only happens off
     * the
     *         event loop when its hand-off queue is full: to be called again; {@code CLOSED}.
     * @throws IllegalStateException if the message has ended.
     */
    SendResult finish();

    /**
     * Gives the message up. A message that has begun cannot be taken back but by closing the connection, which this does, with 1011; what
     * was queued behind it is reported as not sent. Before the first part it does nothing. After the end it does nothing.
     */
    void abort();

    /** As {@link #abort}, so that a writer in a {@code try} statement does not leave a message without an end. */
    @Override
    default void close() {
        abort();
    }
}
