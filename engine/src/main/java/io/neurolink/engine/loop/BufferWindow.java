package io.neurolink.engine.loop;

import java.nio.ByteBuffer;

/** A view of a part of a buffer, which is not made anew for a buffer that was viewed the last time. */
final class BufferWindow {
    private ByteBuffer viewed;
    private ByteBuffer view;

    ByteBuffer of(ByteBuffer bytes, int position, int length) {
        if (viewed != bytes) {
            viewed = bytes;
            view = bytes.duplicate();
        }
        return view.limit(position + length).position(position);
    }
}
