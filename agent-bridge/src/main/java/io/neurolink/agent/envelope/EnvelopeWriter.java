package io.neurolink.agent.envelope;

import io.neurolink.agent.envelope.EnvelopeException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes messages as UTF-8 in one pass into a buffer that is used again for the next one; nothing is allocated for a message of strings,
 * numbers and booleans that fits the buffer. Reusable; for one thread at a time.
 *
 * <pre>{@code
 * connection.sendText(writer.begin("chunk").string("requestId", id).number("seq", 7).string("content", token).end());
 * }</pre>
 *
 * Control characters, quotes and backslashes are escaped; an unpaired surrogate, which UTF-8 cannot express, becomes U+FFFD. Names of
 * fields are written as they are: ASCII that needs no escape.
 */
public final class EnvelopeWriter {
    /** Largest limit a writer can be given. */
    public static final int MAX_BYTES = 256 * 1024 * 1024;

    private static final int INITIAL_LENGTH = 512;
    private static final int RETAINED_LENGTH = 64 * 1024;
    private static final int MAX_UTF8_LENGTH = 3;
    private static final int ESCAPE_LENGTH = 6;
    private static final int MAX_LONG_LENGTH = 20;
    private static final char REPLACEMENT = '\uFFFD';
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MIN_LONG = Long.toString(Long.MIN_VALUE).getBytes(StandardCharsets.US_ASCII);

    private final int maxBytes;
    private final ValueWriter values = new ValueWriter(this);
    private byte[] bytes = new byte[INITIAL_LENGTH];
    private ByteBuffer view = ByteBuffer.wrap(bytes);
    private int length;

    /**
     * Makes a writer.
     *
     * @param maxBytes bytes a message may have, at most {@value #MAX_BYTES}; more is refused with {@code NOT_WRITABLE}.
     */
    public EnvelopeWriter(int maxBytes) {
        if (maxBytes < 2 || maxBytes > MAX_BYTES) {
            throw new IllegalArgumentException("maxBytes must be 2 to " + MAX_BYTES + ", not " + maxBytes);
        }
        this.maxBytes = maxBytes;
    }

    /**
     * Begins a message, giving up one that was not ended.
     *
     * @param type its type.
     * @return this.
     */
    public EnvelopeWriter begin(String type) {
        reset();
        put('{');
        return string("type", type);
    }

    /**
     * A field that is text.
     *
     * @param name  name of the field.
     * @param value the text, or null.
     * @return this.
     */
    public EnvelopeWriter string(String name, CharSequence value) {
        name(name);
        writeString(value);
        return this;
    }

    /**
     * A field that is a whole number.
     *
     * @param name  name of the field.
     * @param value the number.
     * @return this.
     */
    public EnvelopeWriter number(String name, long value) {
        name(name);
        writeLong(value);
        return this;
    }

    /**
     * A field that is true or false.
     *
     * @param name  name of the field.
     * @param value the value.
     * @return this.
     */
    public EnvelopeWriter bool(String name, boolean value) {
        name(name);
        writeAscii(value ? "true" : "false");
        return this;
    }

    /**
     * A field of any type.
     *
     * @param name  name of the field.
     * @param value null, String, Number, Boolean, Map, Iterable, array, record, enum, Optional, or what is written as its own text: dates,
     *              durations, UUIDs, URIs.
     * @return this.
     * @throws EnvelopeException {@code NOT_WRITABLE} if it is or contains something else, or lies too deep.
     */
    public EnvelopeWriter value(String name, Object value) {
        name(name);
        values.write(value);
        return this;
    }

    /**
     * Begins a field that is an object.
     *
     * @param name name of the field.
     * @return this, for the fields of that object.
     */
    public EnvelopeWriter beginObject(String name) {
        name(name);
        put('{');
        return this;
    }

    /**
     * Ends the innermost object.
     *
     * @return this.
     */
    public EnvelopeWriter endObject() {
        put('}');
        return this;
    }

    /**
     * Ends the message.
     *
     * @return its bytes, valid until the next message is begun.
     */
    public ByteBuffer end() {
        put('}');
        return finished();
    }

    /**
     * Writes a whole message that is one value.
     *
     * @param value as for {@link #value}.
     * @return its bytes, valid until the next message is begun.
     * @throws EnvelopeException {@code NOT_WRITABLE} if it is or contains something else, or lies too deep.
     */
    public ByteBuffer write(Object value) {
        reset();
        values.write(value);
        return finished();
    }

    /**
     * Writes what stands between the quotes of a text, for a message that is put together elsewhere.
     *
     * @param text the text.
     * @return its bytes, escaped, valid until the next message is begun; the buffer's array can be used.
     * @throws EnvelopeException {@code NOT_WRITABLE} if they are more than a message may have.
     */
    public ByteBuffer escape(CharSequence text) {
        reset();
        writeString(text);
        finished();
        return view.limit(length - 1).position(1);
    }

    private ByteBuffer finished() {
        if (length > maxBytes) {
            throw tooLong();
        }
        return view.limit(length).position(0);
    }

    private void reset() {
        if (bytes.length > RETAINED_LENGTH) {
            setBytes(new byte[INITIAL_LENGTH]);
        }
        view.clear();
        length = 0;
    }

    private void name(String name) {
        if (bytes[length - 1] != '{') {
            put(',');
        }
        put('"');
        writeAscii(name);
        put('"');
        put(':');
    }

    void put(char ascii) {
        ensure(1);
        bytes[length++] = (byte) ascii;
    }

    void writeAscii(String ascii) {
        int count = ascii.length();
        ensure(count);
        for (int i = 0; i < count; i++) {
            bytes[length + i] = (byte) ascii.charAt(i);
        }
        length += count;
    }

    void writeLong(long value) {
        if (value == Long.MIN_VALUE) {
            ensure(MIN_LONG.length);
            System.arraycopy(MIN_LONG, 0, bytes, length, MIN_LONG.length);
            length += MIN_LONG.length;
            return;
        }
        ensure(MAX_LONG_LENGTH);
        long rest = Math.abs(value);
        if (value < 0) {
            bytes[length++] = '-';
        }
        int end = length + digitCount(rest);
        length = end;
        do {
            bytes[--end] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
    }

    private static int digitCount(long value) {
        int count = 1;
        for (long rest = value / 10; rest != 0; rest /= 10) {
            count++;
        }
        return count;
    }

    void writeString(CharSequence text) {
        if (text == null) {
            writeAscii("null");
            return;
        }
        int count = text.length();
        if (count > maxBytes) {
            throw tooLong();
        }
        put('"');
        ensure(MAX_UTF8_LENGTH * count);
        for (int i = 0; i < count; i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
                bytes[length++] = (byte) c;
            } else if (c < 0x80) {
                writeEscaped(c, count - i);
            } else if (Character.isHighSurrogate(c) && i + 1 < count && Character.isLowSurrogate(text.charAt(i + 1))) {
                writeFourBytes(Character.toCodePoint(c, text.charAt(++i)));
            } else {
                writeTwoOrThreeBytes(Character.isSurrogate(c) ? REPLACEMENT : c);
            }
        }
        put('"');
    }

    private void writeEscaped(char c, int remaining) {
        ensure(ESCAPE_LENGTH + MAX_UTF8_LENGTH * (remaining - 1));
        bytes[length++] = '\\';
        switch (c) {
            case '"', '\\' -> bytes[length++] = (byte) c;
            case '\n' -> bytes[length++] = 'n';
            case '\r' -> bytes[length++] = 'r';
            case '\t' -> bytes[length++] = 't';
            default -> {
                bytes[length++] = 'u';
                bytes[length++] = '0';
                bytes[length++] = '0';
                bytes[length++] = HEX[c >> 4];
                bytes[length++] = HEX[c & 0xF];
            }
        }
    }

    private void writeTwoOrThreeBytes(char c) {
        if (c < 0x800) {
            bytes[length++] = (byte) (0xC0 | c >> 6);
        } else {
            bytes[length++] = (byte) (0xE0 | c >> 12);
            bytes[length++] = (byte) (0x80 | c >> 6 & 0x3F);
        }
        bytes[length++] = (byte) (0x80 | c & 0x3F);
    }

    private void writeFourBytes(int codePoint) {
        bytes[length++] = (byte) (0xF0 | codePoint >> 18);
        bytes[length++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
        bytes[length++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
        bytes[length++] = (byte) (0x80 | codePoint & 0x3F);
    }

    private void ensure(int count) {
        if (count > bytes.length - length) {
            grow(count);
        }
    }

    /** A buffer is made for the worst case of a string, three bytes per character, so it may be longer than what is allowed in it. */
    private void grow(int count) {
        if (length > maxBytes) {
            throw tooLong();
        }
        long wanted = Math.max((long) length + count, 2L * bytes.length);
        setBytes(Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8)));
    }

    private EnvelopeException tooLong() {
        return new EnvelopeException(Kind.NOT_WRITABLE, "message exceeds " + maxBytes + " bytes");
    }

    private void setBytes(byte[] newBytes) {
        bytes = newBytes;
        view = ByteBuffer.wrap(newBytes);
    }
}
