package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.ProtocolViolation;
import io.neurolink.protocol.Utf8Validator;
import io.neurolink.protocol.deflate.MessageInflater;
import java.nio.ByteBuffer;

/**
 * Hands the messages of a connection on in parts, as their bytes come, to a handler that takes them so. Nothing is kept between two parts
 * but the bytes of a character that has not come whole, and the decompressor of a compressed message.
 *
 * <pre>
 *   receive buffer   [ ... é é é C3 | A9 é é ... ]
 *   parts              é é é          C3 A9 é é          C3 is kept, and put before the next part
 * </pre>
 */
final class PartSide {
    /** Payload of one part at most, whatever is received at once. */
    private static final int MAX_PART_LENGTH = 64 * 1024;

    /**
     * Compressed bytes that are inflated at once: up to 1032 times as many come out, all of which are delivered, or kept if there is no
     * room,
     * before the connection is looked at again.
     */
    private static final int INFLATE_STEP = 2 * 1024;

    private static final int RSV1 = 0x40;

    private final LoopConnection connection;
    private final EventLoop loop;
    private final int maxPartLength;

    /** The beginning of a character, whose rest comes with the next part. */
    private final byte[] cut = new byte[3];
    private int cutLength;

    /** Of a compressed message that does not come at once; null otherwise. */
    private MessageInflater inflater;
    private boolean isInflating;
    private int utf8State;
    private long compressedLength;
    private long inflatedLength;

    private PartSide(LoopConnection connection, EventLoop loop) {
        this.connection = connection;
        this.loop = loop;
        this.maxPartLength = Math.min(MAX_PART_LENGTH, limits().maxMessageSize());
    }

    /** @return null if the handler wants whole messages. */
    static PartSide of(LoopConnection connection, EventLoop loop) {
        try {
            return connection.handler().supportsPartialMessages() ? new PartSide(connection, loop) : null;
        } catch (RuntimeException e) {
            loop.errorHandler().onError(e);
            return null;
        }
    }

    private FrameLimits limits() {
        return connection.endpoint().settings().frameLimits();
    }

    /** @return up to where to decode, so that no part becomes too long. */
    int decodeLimit(FrameBuffer buffer, int position, int limit) {
        int step = connection.deflate() != null && isCompressed(buffer, position, limit) ? INFLATE_STEP : maxPartLength;
        return limit - position <= step ? limit : position + step;
    }

    /** Between messages, the next byte is the first of a frame. */
    private boolean isCompressed(FrameBuffer buffer, int position, int limit) {
        return connection.decoder.withinMessage() ? connection.decoder.withinCompressed()
                : position < limit && (buffer.bytes().get(position) & RSV1) != 0;
    }

    /** Takes the payload that the decoder has found. */
    void onPayload() {
        FrameDecoder decoder = connection.decoder;
        boolean isLast = decoder.messageEnd();
        if (decoder.payloadLength() == 0 && !isLast && !connection.heartbeat().admitControlFrame()) {
            return;
        }
        if (decoder.compressed()) {
            inflate(decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength(), isLast);
        } else {
            deliver(decoder.payloadBuffer(), decoder.payloadPosition(), decoder.payloadLength(), isLast);
        }
    }

    // ------------------------------------------------------------------ delivering

    /** What lies before the payload in its buffer has been taken already. */
    private void deliver(ByteBuffer payload, int position, int length, boolean isLast) {
        ByteBuffer bytes = payload;
        int start = position - cutLength;
        int count = length + cutLength;
        if (start < 0) {
            bytes = ByteBuffer.allocate(count).put(cutLength, payload, position, length);
            start = 0;
        }
        bytes.put(start, cut, 0, cutLength);
        cutLength = isLast || connection.decoder.opcode() != Opcode.TEXT ? 0 : cutAtEnd(bytes, start, count);
        count -= cutLength;
        bytes.get(start + count, cut, 0, cutLength);
        if ((count > 0 || isLast) && connection.state() == ConnectionState.OPEN) {
            loop.counters.add(EngineCounter.MESSAGES_IN, isLast ? 1 : 0);
            connection.deliver(connection.decoder.opcode() | Part.PART | (isLast ? Part.LAST : 0), bytes, start, count);
        }
    }

    /** @return how many bytes at the end are the beginning of a character; they are known to be valid as far as they go. */
    static int cutAtEnd(ByteBuffer bytes, int start, int count) {
        for (int back = 1; back <= Math.min(3, count); back++) {
            int value = bytes.get(start + count - back) & 0xFF;
            if (value >= 0xC0) {
                int length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2;
                return back < length ? back : 0;
            }
            if (value < 0x80) {
                return 0;
            }
        }
        return 0;
    }

    // ------------------------------------------------------------------ inflating

    private void inflate(ByteBuffer bytes, int position, int length, boolean isLast) {
        LoopDeflate shared = connection.deflate().shared();
        MessageInflater machine = machine(shared, isLast);
        machine.part(shared.inflateWindow.of(bytes, position, length), isLast);
        compressedLength += length;
        ProtocolViolation violation = inflate(machine, shared.inflated());
        if (isLast || violation != null) {
            release();
        }
        if (violation != null) {
            loop.counters.increment(EngineCounter.INFLATE_FAILURES);
            connection.ending().onViolation(violation);
        }
    }

    /** The loop's decompressor serves a message that is here as a whole; one that comes in parts has its own. */
    private MessageInflater machine(LoopDeflate shared, boolean isLast) {
        if (isInflating) {
            return inflater;
        }
        isInflating = true;
        compressedLength = 0;
        inflatedLength = 0;
        utf8State = Utf8Validator.ACCEPT;
        if (!isLast) {
            LoopDeflate.countContext(loop.counters, 1, MessageInflater.NATIVE_BYTES);
            inflater = new MessageInflater();
        }
        MessageInflater machine = isLast ? shared.inflater : inflater;
        machine.begin(connection.deflate().history());
        return machine;
    }

    /** A part that is not the last is delivered with the buffer full, or with what its last compressed bytes gave. */
    private ProtocolViolation inflate(MessageInflater machine, ByteBuffer target) {
        while (true) {
            int status = machine.inflate(target.clear().position(ReadSide.LEAD));
            int length = target.position() - ReadSide.LEAD;
            target.clear();
            ProtocolViolation violation = status == MessageInflater.CORRUPT ? ProtocolViolation.CORRUPT_COMPRESSION
                    : check(target, length, status == MessageInflater.DONE);
            if (violation != null) {
                return violation;
            }
            connection.deflate().onInflated(target, ReadSide.LEAD, length);
            loop.counters.add(EngineCounter.MESSAGES_INFLATED, status == MessageInflater.DONE ? 1 : 0);
            deliver(target, ReadSide.LEAD, length, status == MessageInflater.DONE);
            if (status != MessageInflater.FULL || connection.state() == ConnectionState.CLOSED) {
                return null;
            }
        }
    }

    private ProtocolViolation check(ByteBuffer bytes, int length, boolean isDone) {
        loop.backlog().didInflate(length);
        inflatedLength += length;
        if (inflatedLength > limits().maxStreamedMessageSize()) {
            return ProtocolViolation.MESSAGE_TOO_BIG;
        }
        int maxRatio = connection.deflate().maxRatio();
        if (maxRatio > 0 && inflatedLength > InflateSide.RATIO_FREE_LENGTH && inflatedLength / maxRatio > compressedLength) {
            return ProtocolViolation.COMPRESSION_RATIO;
        }
        if (connection.decoder.opcode() == Opcode.TEXT) {
            utf8State = Utf8Validator.validate(utf8State, bytes, ReadSide.LEAD, length);
            if (utf8State == Utf8Validator.REJECT || isDone && utf8State != Utf8Validator.ACCEPT) {
                return ProtocolViolation.INVALID_UTF8;
            }
        }
        return null;
    }

    /** At the end of a compressed message, or of the connection. */
    void release() {
        isInflating = false;
        if (inflater != null) {
            inflater.close();
            inflater = null;
            LoopDeflate.countContext(loop.counters, -1, -MessageInflater.NATIVE_BYTES);
        }
    }
}
