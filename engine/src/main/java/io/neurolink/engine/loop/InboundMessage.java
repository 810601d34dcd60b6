package io.neurolink.engine.loop;

import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import io.neurolink.protocol.Opcode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A view of a message where it lies; one object per thread that calls handlers, wrapped anew for each message. */
public final class InboundMessage implements WebSocketMessage {
    private static final int SCRATCH_LENGTH = 16 * 1024;

    private int opcode;
    private long nowMs;
    private ByteBuffer bytes;
    private int position;
    private int length;

    /** Read-only twin of {@link #viewed}; made anew only when the messages come to lie in another buffer. */
    private ByteBuffer view;
    private ByteBuffer viewed;
    private byte[] scratch;

    /** A message that has to be wrapped before use. */
    public InboundMessage() {
    }

    /**
     * @param newOpcode   what it is.
     * @param newNowMs    when it was read, epoch milliseconds.
     * @param newBytes    holds the payload.
     * @param newPosition where it starts.
     * @param newLength   how many bytes it has.
     * @return this.
     */
    public InboundMessage wrap(int newOpcode, long newNowMs, ByteBuffer newBytes, int newPosition, int newLength) {
        opcode = newOpcode;
        nowMs = newNowMs;
        bytes = newBytes;
        position = newPosition;
        length = newLength;
        return this;
    }

    int opcode() {
        return opcode;
    }

    ByteBuffer buffer() {
        return bytes;
    }

    int position() {
        return position;
    }

    @Override
    public WebSocketMessageType type() {
        return switch (opcode) {
            case Opcode.TEXT -> WebSocketMessageType.TEXT;
            case Opcode.BINARY -> WebSocketMessageType.BINARY;
            case Opcode.PING -> WebSocketMessageType.PING;
            case Opcode.PONG -> WebSocketMessageType.PONG;
            default -> WebSocketMessageType.CLOSE;
        };
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public String text() {
        if (bytes.hasArray()) {
            return new String(bytes.array(), bytes.arrayOffset() + position, length, StandardCharsets.UTF_8);
        }
        if (length > SCRATCH_LENGTH) {
            return new String(toByteArray(), StandardCharsets.UTF_8);
        }
        if (scratch == null) {
            scratch = new byte[SCRATCH_LENGTH];
        }
        bytes.get(position, scratch, 0, length);
        return new String(scratch, 0, length, StandardCharsets.UTF_8);
    }

    @Override
    public ByteBuffer bytes() {
        if (viewed != bytes) {
            view = bytes.asReadOnlyBuffer();
            viewed = bytes;
        }
        return view.limit(position + length).position(position);
    }

    @Override
    public byte[] toByteArray() {
        byte[] copy = new byte[length];
        bytes.get(position, copy, 0, length);
        return copy;
    }

    @Override
    public long timestamp() {
        return nowMs;
    }
}
