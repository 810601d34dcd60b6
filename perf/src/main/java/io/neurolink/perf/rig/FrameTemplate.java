package io.neurolink.perf.rig;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Masking;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.nio.ByteBuffer;

/**
 * Frames that are encoded and masked once; only the stamps change.
 *
 * <pre>
 *   [header][stamp][pattern] [header][stamp][pattern] ...     all masked with one key
 * </pre>
 */
final class FrameTemplate implements Frames {
    private static final int MAX_BYTES = 256 * 1024;

    private final Payload payload;
    private final ByteBuffer bytes;
    private final int frameLength;
    private final int capacity;
    private final int firstStamp;
    private final long stampMask;

    /**
     * @param payload  what the frames carry.
     * @param maxCount frames that are wanted at once at most.
     * @param maskKey  one key for the whole run: masking again would cost this side time and the other none.
     */
    FrameTemplate(Payload payload, int maxCount, int maskKey) {
        this.payload = payload;
        int header = FrameEncoder.headerLength(Role.CLIENT, payload.size());
        this.frameLength = header + payload.size();
        this.capacity = Math.max(1, Math.min(maxCount, MAX_BYTES / frameLength));
        this.firstStamp = header + payload.stampOffset();
        FrameBuffer buffer = FrameBuffer.allocateDirect(capacity * frameLength);
        this.bytes = buffer.bytes();
        int opcode = payload.isText() ? Opcode.TEXT : Opcode.BINARY;
        for (int i = 0; i < capacity; i++) {
            int position = i * frameLength + header;
            payload.write(bytes, position);
            FrameEncoder.encodeMaskedFrame(buffer, position, opcode, true, payload.size(), maskKey);
        }
        int turned = Masking.rotate(maskKey, payload.stampOffset());
        this.stampMask = (long) turned << 32 | turned & 0xFFFF_FFFFL;
    }

    @Override
    public int prepare(int connection, long sequence, int count) {
        bytes.clear();
        int laidOut = Math.min(count, capacity);
        int position = firstStamp;
        for (int i = 0; i < laidOut; i++) {
            bytes.putLong(position, payload.stamp(connection, sequence + i) ^ stampMask);
            position += frameLength;
        }
        return laidOut;
    }

    @Override
    public ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public int end(int frame) {
        return (frame + 1) * frameLength;
    }
}
