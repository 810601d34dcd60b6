package io.neurolink.engine.loop;

import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.Utf8Encoder;
import io.neurolink.protocol.deflate.MessageDeflater;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A frame encoded once for many recipients on several loops. Large ones lie in direct memory, so that they go to the sockets without a
 * copy; that memory
 * is used again when the last loop has let go. Crosses threads: the bytes are written before it is handed to the loops and never after.
 */
public final class SharedFrame {
    private final ByteBuffer bytes;
    private final int payloadLength;
    private final int length;
    private final SharedFramePool pool;
    private final AtomicInteger loops;

    private SharedFrame(ByteBuffer bytes, int payloadLength, int length, SharedFramePool pool, int loops) {
        this.bytes = bytes;
        this.payloadLength = payloadLength;
        this.length = length;
        this.pool = pool;
        this.loops = new AtomicInteger(loops);
    }

    /**
     * Encodes a text message.
     *
     * @param text  the whole message.
     * @param pool  where large buffers come from.
     * @param loops how many loops it is for, at least 1; each lets go of it once.
     * @return the frame.
     */
    public static SharedFrame text(String text, SharedFramePool pool, int loops) {
        int payloadLength = Utf8Encoder.encodedLength(text);
        int headerLength = FrameEncoder.headerLength(Role.SERVER, payloadLength);
        ByteBuffer bytes = pool.acquire(headerLength + payloadLength);
        FrameEncoder.encodeHeader(bytes, 0, Opcode.TEXT, true, payloadLength);
        Utf8Encoder.encode(text, bytes, headerLength);
        return new SharedFrame(bytes, payloadLength, headerLength + payloadLength, pool, loops);
    }

    /**
     * Encodes a message.
     *
     * @param opcode  text or binary; with {@link FrameEncoder#RSV1} if the payload is compressed.
     * @param payload the bytes between position and limit, which stay as they are.
     * @param pool    where large buffers come from.
     * @param loops   how many loops it is for, at least 1; each lets go of it once.
     * @return the frame.
     */
    public static SharedFrame of(int opcode, ByteBuffer payload, SharedFramePool pool, int loops) {
        int headerLength = FrameEncoder.headerLength(Role.SERVER, payload.remaining());
        int length = headerLength + payload.remaining();
        ByteBuffer bytes = pool.acquire(length);
        FrameEncoder.encodeHeader(bytes, 0, opcode, true, payload.remaining());
        bytes.put(headerLength, payload, payload.position(), payload.remaining());
        return new SharedFrame(bytes, payload.remaining(), length, pool, loops);
    }

    /**
     * The same message, compressed.
     *
     * @param deflater   compresses it, without context.
     * @param windowBits what it may look back at.
     * @return null if it would not become shorter.
     */
    SharedFrame deflated(MessageDeflater deflater, int windowBits, SharedFramePool to, int loopCount) {
        ByteBuffer src = bytes.duplicate().limit(length).position(length - payloadLength);
        ByteBuffer dst = ByteBuffer.allocate(payloadLength + MessageDeflater.MARGIN);
        int deflatedLength = deflater.deflate(src, dst, windowBits, false);
        if (deflatedLength == MessageDeflater.TOO_LONG || deflatedLength >= payloadLength) {
            return null;
        }
        return of(bytes.get(0) & 0x0F | FrameEncoder.RSV1, dst.flip(), to, loopCount);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** @return bytes of the message, without the frame's header. */
    public int payloadLength() {
        return payloadLength;
    }

    int length() {
        return length;
    }

    /** One loop lets go. Any thread. */
    public void release() {
        if (loops.decrementAndGet() == 0) {
            pool.release(bytes);
        }
    }
}
