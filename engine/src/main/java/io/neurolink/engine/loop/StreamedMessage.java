package io.neurolink.engine.loop;

import io.neurolink.engine.spi.MessageWriter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketMessageType;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.CloseCode;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Utf8Encoder;
import java.nio.ByteBuffer;

/** The sender's end of a message in parts: any thread, one at a time. What it hands over is taken by {@link WriteSide#sendPart}. */
final class StreamedMessage implements MessageWriter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final LoopConnection connection;
    private final int opcode;
    private boolean hasBegun;
    private boolean isOver;

    /** First half of a pair whose second half has not come; 0 if there is none. */
    private char surrogate;

    StreamedMessage(LoopConnection connection, WebSocketMessageType type) {
        this.connection = connection;
        this.opcode = switch (type) {
            case TEXT -> Opcode.TEXT;
            case BINARY -> Opcode.BINARY;
            default -> throw new IllegalArgumentException("a " + type + " frame is not a message that can be sent");
        };
    }

    @Override
    public SendResult write(ByteBuffer part) {
        requireOpen();
        if (surrogate != 0 && part.hasRemaining()) {
            throw new IllegalStateException("the part before ended within a pair of surrogates");
        }
        return part.hasRemaining() ? send(part, false) : empty();
    }

    @Override
    public SendResult write(String part) {
        requireOpen();
        if (opcode != Opcode.TEXT) {
            throw new IllegalStateException("a binary message has no text");
        }
        if (part.isEmpty()) {
            return empty();
        }
        char last = part.charAt(part.length() - 1);
        String begun = surrogate == 0 ? part : surrogate + part;
        boolean isCut = Character.isHighSurrogate(last);
        String whole = isCut ? begun.substring(0, begun.length() - 1) : begun;
        SendResult result = whole.isEmpty() ? empty() : send(encoded(whole), false);
        if (result == SendResult.ACCEPTED) {
            surrogate = isCut ? last : 0;
        }
        return result;
    }

    private static ByteBuffer encoded(String text) {
        ByteBuffer utf8 = ByteBuffer.allocate(Utf8Encoder.encodedLength(text));
        Utf8Encoder.encode(text, utf8, 0);
        return utf8;
    }

    private SendResult empty() {
        return connection.isOpen() ? SendResult.ACCEPTED : SendResult.CLOSED;
    }

    @Override
    public SendResult finish() {
        requireOpen();
        return send(surrogate == 0 ? NOTHING : encoded(String.valueOf(surrogate)), true);
    }

    @Override
    public void abort() {
        if (!isOver) {
            end();
            if (hasBegun) {
                connection.close(CloseCode.INTERNAL_ERROR, "message aborted");
            }
        }
    }

    private void requireOpen() {
        if (isOver) {
            throw new IllegalStateException("the message has ended");
        }
    }

    private SendResult send(ByteBuffer bytes, boolean isLast) {
        int limit = connection.endpoint().settings().maxBufferedBytes();
        if (bytes.remaining() > limit) {
            throw new IllegalArgumentException(
                    "a part of " + bytes.remaining() + " bytes cannot be sent: maxBufferedBytes is " + limit + "; send smaller ones");
        }
        int type = (hasBegun ? Opcode.CONTINUATION : opcode) | Part.PART | (isLast ? Part.LAST : 0);
        SendResult result = connection.loop().sendGate().isDirect(connection) ? sendDirectly(type, bytes) : handOver(type, bytes);
        hasBegun |= result == SendResult.ACCEPTED;
        if (isLast && result == SendResult.ACCEPTED) {
            end();
        }
        return result;
    }

    private void end() {
        isOver = true;
        connection.onStreamedMessageOver();
    }

    private SendResult sendDirectly(int type, ByteBuffer bytes) {
        EventLoop loop = connection.loop();
        if (!connection.isSending()) {
            loop.counters.increment(EngineCounter.SENDS_CLOSED);
            return SendResult.CLOSED;
        }
        if (!Part.isLast(type) && !connection.takesPart()) {
            loop.counters.increment(EngineCounter.SENDS_BACK_PRESSURED);
            return SendResult.BACK_PRESSURED;
        }
        connection.writeSide().sendPart(type, bytes, bytes.position(), bytes.remaining());
        connection.lastActivityNsOpaque(loop.nowNs());
        return SendResult.ACCEPTED;
    }

    private SendResult handOver(int type, ByteBuffer bytes) {
        EventLoopProxy proxy = connection.loop().proxy();
        if (connection.isShutVolatile()) {
            proxy.counters().increment(EngineCounter.SENDS_CLOSED);
            return SendResult.CLOSED;
        }
        if (!Part.isLast(type) && !connection.takesPart()) {
            proxy.counters().increment(EngineCounter.SENDS_BACK_PRESSURED);
            return SendResult.BACK_PRESSURED;
        }
        connection.addBufferedBytesVolatile(bytes.remaining());
        return connection.handedOver(proxy.sendPart(connection, type, bytes), bytes.remaining());
    }
}
