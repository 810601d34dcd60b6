package io.neurolink.engine.socket.stress;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BiConsumer;

/** Takes the frames of a server apart as its bytes come in, for a client that must not wait. As strict as the client that does. */
final class FrameFeed {
    private byte[] held = new byte[0];
    private int heldLength;
    private final BiConsumer<Integer, byte[]> onFrame;

    FrameFeed(BiConsumer<Integer, byte[]> onFrame) {
        this.onFrame = onFrame;
    }

    /** @throws IllegalStateException if a frame is not as a server's must be. */
    void take(ByteBuffer bytes) {
        ByteBuffer all = bytes;
        if (heldLength > 0) {
            reserve(heldLength + bytes.remaining());
            int more = bytes.remaining();
            bytes.get(held, heldLength, more);
            all = ByteBuffer.wrap(held, 0, heldLength + more);
        }
        while (takeFrame(all)) {
            continue;
        }
        keep(all);
    }

    private void reserve(int capacity) {
        if (held.length < capacity) {
            held = Arrays.copyOf(held, Math.max(capacity, 2 * held.length));
        }
    }

    private void keep(ByteBuffer rest) {
        int length = rest.remaining();
        if (length == 0) {
            held = new byte[0];
        } else {
            byte[] kept = new byte[Math.max(length, 64)];
            rest.get(kept, 0, length);
            held = kept;
        }
        heldLength = length;
    }

    private boolean takeFrame(ByteBuffer bytes) {
        int start = bytes.position();
        int available = bytes.remaining();
        if (available < 2) {
            return false;
        }
        int first = bytes.get(start) & 0xFF;
        int second = bytes.get(start + 1) & 0xFF;
        if ((first & 0xF0) != 0x80 || second > 127 || (first & 0x08) != 0 && second > 125) {
            throw new IllegalStateException("a frame begins with " + Integer.toHexString(first << 8 | second));
        }
        int header = second < 126 ? 2 : second == 126 ? 4 : 10;
        if (available < header) {
            return false;
        }
        long length = second < 126 ? second : second == 126 ? bytes.getShort(start + 2) & 0xFFFF : bytes.getLong(start + 2);
        if (available < header + length) {
            return false;
        }
        byte[] payload = new byte[(int) length];
        bytes.position(start + header).get(payload);
        onFrame.accept(first & 0x0F, payload);
        return true;
    }
}
