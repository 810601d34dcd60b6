package io.neurolink.perf.peers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * Makes a server's frames of a client's, in the buffer they came in. The thread of {@link NioFloor} only.
 *
 * <pre>
 *   came:  [2..10 bytes of header][4 bytes of key][payload, masked] [next frame ...
 *   goes:  [2..10 bytes of header][payload] [next frame ...
 * </pre>
 *
 * A frame shrinks by its key, so what goes never overtakes what came; the first frame of a read stays where it is and its header moves.
 */
final class FrameTurner {
    static final int CAPACITY_BYTES = 512 * 1024;

    private static final int KEY_LENGTH = 4;
    private static final int MASK_BIT = 0x80;
    private static final int LENGTH_BITS = 0x7F;
    private static final int LENGTH_IN_2_BYTES = 126;
    private static final int LENGTH_IN_8_BYTES = 127;
    private static final int OPCODE_BITS = 0x0F;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY_BYTES + Long.BYTES);
    /** The same bytes as longs, from each of the first 8 bytes on: on JDK 17 far faster than {@code getLong}. */
    private final LongBuffer[] words = new LongBuffer[Long.BYTES];
    private int readAt;
    private int end;
    private int outBegin;
    private int outEnd;
    private boolean isOwn;

    FrameTurner() {
        for (int i = 0; i < Long.BYTES; i++) {
            words[i] = buffer.slice(i, CAPACITY_BYTES).order(ByteOrder.BIG_ENDIAN).asLongBuffer();
        }
    }

    /** @return the buffer to read into, with what the connection had left from the last time */
    ByteBuffer begin(FloorConnection connection) {
        return buffer.clear().limit(CAPACITY_BYTES).put(connection.rest.duplicate());
    }

    /** Keeps everything that was read for the next time. */
    void keepAll(FloorConnection connection) {
        connection.keep(buffer.flip());
    }

    /** @return what is to be sent */
    ByteBuffer out() {
        return buffer.clear().position(outBegin).limit(outEnd);
    }

    /** Whether what is to be sent is for the connection itself even if its messages are for everybody: an answer to Ping or Close. */
    boolean isOwn() {
        return isOwn;
    }

    /**
     * Turns all that was read around.
     *
     * @param wholeOnly whether frames must be whole.
     * @return false when the client closes.
     */
    boolean turn(FloorConnection connection, boolean wholeOnly) {
        readAt = 0;
        end = buffer.position();
        outBegin = 0;
        outEnd = 0;
        isOwn = false;
        boolean goesOn = true;
        if (connection.payloadLeft > 0) {
            turnPayload(connection);
        }
        while (goesOn && readAt < end && hasFrame(wholeOnly)) {
            goesOn = turnFrame(connection);
        }
        if (wholeOnly && readAt == 0 && end == CAPACITY_BYTES) {
            return false;
        }
        connection.keep(buffer.clear().position(goesOn ? readAt : end).limit(end));
        return goesOn;
    }

    private boolean hasFrame(boolean wholeOnly) {
        int available = end - readAt;
        if (available < 2 || available < headerLength() + KEY_LENGTH) {
            return false;
        }
        boolean isControl = (buffer.get(readAt) & CLOSE) != 0;
        return !wholeOnly && !isControl || available >= headerLength() + KEY_LENGTH + payloadLength();
    }

    /** Bytes of the header without its key. */
    private int headerLength() {
        return switch (buffer.get(readAt + 1) & LENGTH_BITS) {
            case LENGTH_IN_2_BYTES -> 2 + Short.BYTES;
            case LENGTH_IN_8_BYTES -> 2 + Long.BYTES;
            default -> 2;
        };
    }

    private long payloadLength() {
        int length = buffer.get(readAt + 1) & LENGTH_BITS;
        buffer.limit(buffer.capacity());
        return switch (length) {
            case LENGTH_IN_2_BYTES -> buffer.getShort(readAt + 2) & 0xFFFF;
            case LENGTH_IN_8_BYTES -> buffer.getLong(readAt + 2);
            default -> length;
        };
    }

    private boolean turnFrame(FloorConnection connection) {
        int headerLength = headerLength();
        int opcode = buffer.get(readAt) & OPCODE_BITS;
        connection.payloadLeft = payloadLength();
        connection.key = buffer.getInt(readAt + headerLength);
        if (outEnd == outBegin) {
            outBegin = readAt + KEY_LENGTH;
            outEnd = outBegin;
        }
        moveHeader(headerLength, opcode);
        readAt += headerLength + KEY_LENGTH;
        turnPayload(connection);
        isOwn |= opcode >= CLOSE;
        return opcode != CLOSE;
    }

    private void moveHeader(int length, int opcode) {
        byte first = buffer.get(readAt);
        byte second = buffer.get(readAt + 1);
        if (length > 2) {
            buffer.put(outEnd + 2, buffer, readAt + 2, length - 2);
        }
        buffer.put(outEnd, opcode == PING ? (byte) (first - PING + PONG) : first);
        buffer.put(outEnd + 1, (byte) (second & ~MASK_BIT));
        outEnd += length;
    }

    private void turnPayload(FloorConnection connection) {
        int length = (int) Math.min(connection.payloadLeft, end - readAt);
        unmask(readAt, length, connection.key);
        if (outEnd == outBegin) {
            outBegin = readAt;
            outEnd = readAt;
        }
        if (outEnd != readAt) {
            buffer.put(outEnd, buffer, readAt, length);
        }
        outEnd += length;
        readAt += length;
        connection.payloadLeft -= length;
        connection.key = Integer.rotateLeft(connection.key, Byte.SIZE * (length & 3));
    }

    private void unmask(int from, int length, int key) {
        long wordKey = (key & 0xFFFF_FFFFL) << Integer.SIZE | key & 0xFFFF_FFFFL;
        LongBuffer view = words[from & (Long.BYTES - 1)];
        int first = from / Long.BYTES;
        int wordEnd = first + length / Long.BYTES;
        for (int i = first; i < wordEnd; i++) {
            view.put(i, view.get(i) ^ wordKey);
        }
        for (int i = length & -Long.BYTES; i < length; i++) {
            buffer.put(from + i, (byte) (buffer.get(from + i) ^ key >>> Byte.SIZE * (3 - (i & 3))));
        }
    }
}
