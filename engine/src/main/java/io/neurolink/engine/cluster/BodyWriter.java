package io.neurolink.engine.cluster;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the body of a message that the cluster sends for itself, behind room for the header. */
final class BodyWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteBuffer scratch = ByteBuffer.allocate(Long.BYTES);

    BodyWriter(int headerLength) {
        bytes.writeBytes(new byte[headerLength]);
    }

    BodyWriter putByte(int value) {
        bytes.write(value);
        return this;
    }

    BodyWriter putInt(int value) {
        bytes.write(scratch.putInt(0, value).array(), 0, Integer.BYTES);
        return this;
    }

    BodyWriter putLong(long value) {
        bytes.write(scratch.putLong(0, value).array(), 0, Long.BYTES);
        return this;
    }

    /** Null is told from the empty text. */
    BodyWriter putText(String text) {
        if (text == null) {
            return putInt(-1);
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        putInt(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    int length() {
        return bytes.size();
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    /** @throws IllegalArgumentException if it is null. */
    static String getName(ByteBuffer from) {
        String name = getText(from);
        if (name == null) {
            throw new IllegalArgumentException("a name is missing");
        }
        return name;
    }

    static String getText(ByteBuffer from) {
        int length = from.getInt();
        if (length < 0) {
            return null;
        }
        if (length > from.remaining()) {
            throw new IllegalArgumentException("a text longer than its message");
        }
        byte[] utf8 = new byte[length];
        from.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
