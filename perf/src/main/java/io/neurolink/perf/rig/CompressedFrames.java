package io.neurolink.perf.rig;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.deflate.MessageDeflater;
import java.nio.ByteBuffer;

/** Compresses every message anew, each for itself. */
final class CompressedFrames implements Frames {
    private static final int LEVEL = 6;
    private static final int MAX_FRAMES = 64;
    private static final int BATCH_BYTES = 64 * 1024;

    private final Payload payload;
    private final int maskKey;
    private final MessageDeflater deflater = new MessageDeflater(LEVEL);
    private final ByteBuffer plain;
    private final ByteBuffer compressed;
    private final FrameBuffer buffer;
    private final int[] ends = new int[MAX_FRAMES];

    CompressedFrames(Payload payload, int maskKey) {
        this.payload = payload;
        this.maskKey = maskKey;
        this.plain = ByteBuffer.allocateDirect(payload.size());
        payload.write(plain, 0);
        int longest = payload.size() + payload.size() / 8 + 1024;
        this.compressed = ByteBuffer.allocateDirect(longest);
        this.buffer = FrameBuffer.allocateDirect(BATCH_BYTES + FrameEncoder.MAX_HEADER_LENGTH + longest);
    }

    @Override
    public int prepare(int connection, long sequence, int count) {
        buffer.bytes().clear();
        int frames = 0;
        int end = 0;
        while (frames < count && frames < MAX_FRAMES && end <= BATCH_BYTES) {
            end = append(end, payload.stamp(connection, sequence + frames));
            ends[frames++] = end;
        }
        return frames;
    }

    private int append(int position, long stamp) {
        plain.putLong(payload.stampOffset(), stamp);
        compressed.clear();
        int length = deflater.deflate(plain.clear(), compressed, DeflateParameters.MAX_WINDOW_BITS, false);
        if (length == MessageDeflater.TOO_LONG) {
            throw new IllegalStateException("a compressed message became longer than zlib says it can");
        }
        int opcode = FrameEncoder.RSV1 | (payload.isText() ? Opcode.TEXT : Opcode.BINARY);
        int start = position + FrameEncoder.headerLength(Role.CLIENT, length);
        buffer.bytes().put(start, compressed, 0, length);
        FrameEncoder.encodeMaskedFrame(buffer, start, opcode, true, length, maskKey);
        return start + length;
    }

    @Override
    public ByteBuffer bytes() {
        return buffer.bytes();
    }

    @Override
    public int end(int frame) {
        return ends[frame];
    }

    @Override
    public void close() {
        deflater.close();
    }
}
