package io.neurolink.engine.loop;

import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import io.neurolink.protocol.Opcode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A view of a message where it lies; one object per thread that calls handlers, wrapped anew for each message. */
public final class InboundMessage implements WebSocketMessage {
    private static final int SCRATCH_LENGTH = 16 * 1024;

    private static final int RATE_LIMITED = 0x40;
    private static final int OPCODE_MASK = 0x0F;
    private static final int RETRY_SHIFT = 8;
    private static final long MAX_RETRY_MS = (1 << 23) - 1;

    private int opcode;

    /** What the message is beside its opcode: 0, a {@link Part}, or for when it was too early. */
    private int kind;
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
     * Marks a message that goes to {@link io.neurolink.engine.spi.WebSocketHandler#onRateLimited}; the mark travels in the place of the
     * opcode.
     *
     * @param opcode what it is.
     * @param waitNs how long it takes until such a message would be taken, more than 0.
     * @return what {@link #wrap} takes.
     */
    static int rateLimited(int opcode, long waitNs) {
        return (int) Math.min(MAX_RETRY_MS, (waitNs + 999_999) / 1_000_000) << RETRY_SHIFT | RATE_LIMITED | opcode;
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
        opcode = newOpcode & OPCODE_MASK;
        kind = newOpcode & ~OPCODE_MASK;
        nowMs = newNowMs;
        bytes = newBytes;
        position = newPosition;
        length = newLength;
        return this;
    }

    int opcode() {
        return opcode;
    }

    /** A whole message that is to be delivered. */
    boolean isWhole() {
        return kind == 0;
    }

    boolean isPart() {
        return Part.isPart(kind);
    }

    boolean isLastPart() {
        return Part.isLast(kind);
    }

    /** When a message that is too early would have been delivered, in milliseconds. */
    int retryAfterMs() {
        return kind >>> RETRY_SHIFT;
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
