package io.neurolink.perf.rig;

import java.nio.ByteBuffer;

/** Lays out the frames of messages, always the same bytes for the same message, so that none has to be kept until a socket takes it. */
interface Frames extends AutoCloseable {
    /**
     * Lays out frames from index 0 of {@link #bytes()} on.
     *
     * @param connection who sends.
     * @param sequence   number of the first message.
     * @param count      how many there are to send, at least 1.
     * @return how many frames were laid out, 1 to {@code count}.
     */
    int prepare(int connection, long sequence, int count);

    /** Holds what was laid out last. */
    ByteBuffer bytes();

    /** Index after the frame with that index, of those laid out last. */
    int end(int frame);

    @Override
    default void close() {
        // Most hold nothing.
    }
}
