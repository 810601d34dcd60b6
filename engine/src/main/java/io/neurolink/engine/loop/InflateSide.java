package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.ProtocolViolation;
import io.neurolink.protocol.Utf8Validator;
import io.neurolink.protocol.deflate.MessageInflater;
import java.nio.ByteBuffer;

/**
 * Inflates messages, step by step into a buffer that grows with what really comes out, and hands them on. A message that becomes too large,
 * is no compressed message, or turns out not to be UTF-8 ends the connection at the step that shows it.
 */
final class InflateSide {
    /** What a message may inflate to whatever the limit of the ratio says: small messages are no harm. */
    static final int RATIO_FREE_LENGTH = 64 * 1024;

    private final EventLoop loop;
    private final ReadSide readSide;

    /** Takes the place of the loop's own buffer while a large message is inflated and delivered. */
    private FrameBuffer large;
    private ByteBuffer target;

    InflateSide(EventLoop loop, ReadSide readSide) {
        this.loop = loop;
        this.readSide = readSide;
    }

    /** Ends with a delivery or a violation. The compressed bytes may be given back after. */
    void inflate(LoopConnection connection, ByteBuffer bytes, int position, int wireLength) {
        ConnectionDeflate deflate = connection.deflate();
        LoopDeflate shared = deflate.shared();
        target = shared.inflated().clear().position(ReadSide.LEAD);
        try {
            shared.inflater.begin(shared.inflateWindow.of(bytes, position, wireLength), deflate.history());
            int maxMessageSize = connection.endpoint().settings().frameLimits().maxMessageSize();
            int limit = limit(maxMessageSize, deflate.maxRatio(), wireLength);
            ProtocolViolation violation = inflate(shared.inflater, connection.decoder.opcode() == Opcode.TEXT, limit);
            if (violation == null) {
                deliver(connection, deflate, wireLength);
            } else {
                loop.counters.increment(EngineCounter.INFLATE_FAILURES);
                boolean isTooBig = violation == ProtocolViolation.MESSAGE_TOO_BIG && limit < maxMessageSize;
                connection.ending().onViolation(isTooBig ? ProtocolViolation.COMPRESSION_RATIO : violation);
            }
        } finally {
            releaseLarge();
            target = null;
        }
    }

    private static int limit(int maxMessageSize, int maxRatio, int wireLength) {
        return maxRatio == 0 ? maxMessageSize
                : (int) Math.min(maxMessageSize, Math.max(RATIO_FREE_LENGTH, (long) wireLength * maxRatio));
    }

    private void deliver(LoopConnection connection, ConnectionDeflate deflate, int wireLength) {
        int length = target.position() - ReadSide.LEAD;
        target.clear();
        deflate.onInflated(target, ReadSide.LEAD, length);
        loop.counters.increment(EngineCounter.MESSAGES_INFLATED);
        loop.counters.add(EngineCounter.INFLATED_FROM, wireLength);
        loop.counters.add(EngineCounter.INFLATED_TO, length);
        readSide.deliverPlain(connection, target, ReadSide.LEAD, length);
    }

    /** One byte more than allowed has room, so that a message of just the allowed size is seen to end. */
    private ProtocolViolation inflate(MessageInflater inflater, boolean isText, int limit) {
        int utf8State = Utf8Validator.ACCEPT;
        while (true) {
            int from = target.position();
            int room = (int) Math.min(target.capacity(), (long) ReadSide.LEAD + limit + 1);
            int status = inflater.inflate(target.limit(room));
            loop.backlog().didInflate(target.position() - from);
            if (status == MessageInflater.CORRUPT) {
                return ProtocolViolation.CORRUPT_COMPRESSION;
            }
            if (isText) {
                utf8State = Utf8Validator.validate(utf8State, target, from, target.position() - from);
                if (utf8State == Utf8Validator.REJECT) {
                    return ProtocolViolation.INVALID_UTF8;
                }
            }
            if (target.position() - ReadSide.LEAD > limit) {
                return ProtocolViolation.MESSAGE_TOO_BIG;
            }
            if (status == MessageInflater.DONE) {
                return utf8State == Utf8Validator.ACCEPT ? null : ProtocolViolation.INVALID_UTF8;
            }
            grow(limit);
        }
    }

    private void grow(int limit) {
        FrameBuffer larger = readSide.acquire((int) Math.min(2L * target.capacity(), (long) ReadSide.LEAD + limit + 1));
        int written = target.position();
        larger.bytes().clear().put(0, target, 0, written).position(written);
        releaseLarge();
        large = larger;
        target = larger.bytes();
    }

    private void releaseLarge() {
        if (large != null) {
            readSide.release(large);
            large = null;
        }
    }
}
