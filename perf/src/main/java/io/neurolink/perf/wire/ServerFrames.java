package io.neurolink.perf.wire;

import java.nio.ByteBuffer;

/** Takes apart the frames a server sends; payloads of data frames are counted, not kept. */
final class ServerFrames {
    /** Told of whole frames. */
    interface Sink {
        /**
         * @param first   the frame's first byte.
         * @param length  its payload's length.
         * @param payload its first bytes, at most 125, valid during the call.
         */
        void onFrame(int first, long length, ByteBuffer payload);
    }

    private static final int KEPT = 125;

    private final ByteBuffer header = ByteBuffer.allocate(10);
    private final ByteBuffer payload = ByteBuffer.allocate(KEPT);
    private final Sink sink;
    private long length = -1;
    private long missing;

    ServerFrames(Sink sink) {
        this.sink = sink;
    }

    void take(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (length < 0) {
                takeHeader(bytes);
            }
            if (length >= 0) {
                takePayload(bytes);
            }
        }
    }

    private void takeHeader(ByteBuffer bytes) {
        while (bytes.hasRemaining() && length < 0) {
            header.put(bytes.get());
            int position = header.position();
            int low = position > 1 ? header.get(1) & 0x7F : -1;
            if (low >= 0 && low < 126) {
                length = low;
            } else if (low == 126 && position == 4) {
                length = header.getShort(2) & 0xFFFF;
            } else if (low == 127 && position == 10) {
                length = header.getLong(2);
            }
        }
        missing = length;
    }

    private void takePayload(ByteBuffer bytes) {
        int count = (int) Math.min(missing, bytes.remaining());
        int kept = Math.min(count, payload.remaining());
        payload.put(payload.position(), bytes, bytes.position(), kept).position(payload.position() + kept);
        bytes.position(bytes.position() + count);
        missing -= count;
        if (missing == 0) {
            sink.onFrame(header.get(0) & 0xFF, length, payload.flip());
            header.clear();
            payload.clear();
            length = -1;
        }
    }
}
