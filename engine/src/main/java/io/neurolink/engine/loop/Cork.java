package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.Utf8Writer;
import java.nio.ByteBuffer;

/**
 * The loop's scratch buffer. While a connection is read it gathers what that connection's handler answers, so that it all leaves in one
 * write; it is
 * empty between the turns of two connections, and then serves to gather queued frames.
 */
final class Cork {
    private final FrameBuffer frames;
    private final ByteBuffer buffer;
    private final Utf8Writer texts = new Utf8Writer();

    /** Messages gathered since the last write. */
    int messages;

    /** Bytes at the beginning that are no frame but the answer to an upgrade. */
    int handshakeLength;

    private LoopConnection reading;

    Cork(int capacity) {
        frames = FrameBuffer.allocateDirect(capacity);
        buffer = frames.bytes();
    }

    /** The same bytes, for masking. */
    FrameBuffer frames() {
        return frames;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** Encodes texts, into this or any other buffer. */
    Utf8Writer texts() {
        return texts;
    }

    void begin(LoopConnection connection) {
        reading = connection;
    }

    void end() {
        if (buffer.position() != 0) {
            throw new IllegalStateException("bytes of " + reading + " are left in the cork");
        }
        reading = null;
    }

    /** Whose turn it is, or null. */
    LoopConnection reading() {
        return reading;
    }

    boolean isFor(LoopConnection connection) {
        return reading == connection;
    }

    boolean holdsBytesOf(LoopConnection connection) {
        return reading == connection && buffer.position() > 0;
    }

    /** Writes what is gathered, whoever it is for, so that the buffer may serve to gather queued frames meanwhile. */
    void uncork() {
        if (buffer.position() > 0) {
            reading.writeSide().uncork();
        }
    }

    /** @return how many messages were thrown away. */
    int discard() {
        int discarded = messages;
        messages = 0;
        handshakeLength = 0;
        buffer.clear();
        return discarded;
    }

    void countMessage(EventLoop loop) {
        messages++;
        loop.counters.increment(EngineCounter.MESSAGES_QUEUED);
    }
}
