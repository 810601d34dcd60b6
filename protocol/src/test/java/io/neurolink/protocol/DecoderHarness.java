package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Drives a {@link FrameDecoder} over input cut into pieces, puts the parts of messages together again, and holds it to what every caller
 * relies on: it consumes all or says why not, touches nothing but payloads it delivers, and keeps to what it consumed once it is done.
 */
final class DecoderHarness {
    private static final byte FILLER = (byte) 0xA5;
    private static final ByteBuffer DIRECT = ByteBuffer.allocateDirect(1 << 20);

    private final FrameDecoder decoder;
    private final boolean direct;
    private final List<String> events = new ArrayList<>();
    private final List<Integer> eventEnds = new ArrayList<>();
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private int messageOpcode;
    private boolean messageCompressed;
    private int messageParts;
    private int consumed;

    DecoderHarness(Role role, FrameLimits limits, boolean direct) {
        this(new FrameDecoder(role, limits), direct);
    }

    private DecoderHarness(FrameDecoder decoder, boolean direct) {
        this.decoder = decoder;
        this.direct = direct;
    }

    /** What a decoder is made of, and what is to be said about one. */
    record Subject(Role role, FrameLimits limits, boolean compressible) {
        ReferenceDecoder reference() {
            return new ReferenceDecoder(role, limits, compressible);
        }

        DecoderHarness harness(boolean direct) {
            return new DecoderHarness(new FrameDecoder(role, limits, compressible), direct);
        }
    }

    /** Decodes the input in one piece and compares with the reference. */
    static void check(Role role, FrameLimits limits, byte[] input) {
        check(new Subject(role, limits, false), input);
    }

    static void check(Subject subject, byte[] input) {
        checkPieces(subject, input, subject.reference().decode(input), at -> input.length);
    }

    /** Decodes the input one byte at a time and compares with the reference, also when each event comes. */
    static void checkByteByByte(Role role, FrameLimits limits, byte[] input) {
        checkByteByByte(new Subject(role, limits, false), input);
    }

    static void checkByteByByte(Subject subject, byte[] input) {
        ReferenceDecoder reference = subject.reference();
        List<String> expected = reference.decode(input);
        DecoderHarness harness = checkPieces(subject, input, expected, at -> 1);
        assertEquals(reference.eventEnds(), harness.eventEnds, "bytes after which each event is known");
    }

    /** As above, and cut in two at every byte. */
    static void checkAllSplits(Role role, FrameLimits limits, byte[] input) {
        checkAllSplits(new Subject(role, limits, false), input);
    }

    static void checkAllSplits(Subject subject, byte[] input) {
        checkByteByByte(subject, input);
        List<String> expected = subject.reference().decode(input);
        for (int split = 0; split <= input.length; split++) {
            int first = split;
            checkPieces(subject, input, expected, at -> at < first ? first : input.length);
        }
    }

    /** Cut as told: the operator gets an index of the input and gives the length of the piece from there. */
    static void checkSplit(Role role, FrameLimits limits, byte[] input, IntUnaryOperator pieceLength) {
        checkSplit(new Subject(role, limits, false), input, pieceLength);
    }

    static void checkSplit(Subject subject, byte[] input, IntUnaryOperator pieceLength) {
        checkPieces(subject, input, subject.reference().decode(input), pieceLength);
    }

    private static DecoderHarness checkPieces(Subject subject, byte[] input, List<String> expected, IntUnaryOperator pieceLength) {
        DecoderHarness harness = subject.harness(input.length % 2 == 0);
        int at = 0;
        int piecesOnceDone = 0;
        while (at < input.length && piecesOnceDone < 2) {
            piecesOnceDone += harness.decoder.isDone() ? 1 : 0;
            int length = Math.max(1, Math.min(pieceLength.applyAsInt(at), input.length - at));
            harness.feed(input, at, length);
            at += length;
        }
        assertEquals(expected, harness.events, "events of a " + subject);
        return harness;
    }

    List<String> events() {
        return events;
    }

    FrameDecoder decoder() {
        return decoder;
    }

    /** Puts a piece at some odd place of a new buffer and decodes until it is used up. */
    void feed(byte[] input, int from, int length) {
        int start = (from * 7 + length) % 13;
        ByteBuffer bytes = direct ? DIRECT.slice(start, start + length + 9) : ByteBuffer.allocate(start + length + 9);
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, FILLER);
        }
        bytes.put(start, input, from, length);
        FrameBuffer buffer = FrameBuffer.wrap(bytes);
        int position = start;
        do {
            position = step(buffer, position, start + length);
        } while (decoder.event() != FrameDecoder.NEED_INPUT && !decoder.isDone());
        assertUntouched(bytes, 0, start);
        assertUntouched(bytes, start + length, bytes.capacity());
    }

    private int step(FrameBuffer buffer, int position, int limit) {
        boolean wasDone = decoder.isDone();
        int eventBefore = decoder.event();
        byte[] before = copy(buffer.bytes(), position, limit);
        int next = decoder.decode(buffer, position, limit);
        assertTrue(next >= position && next <= limit, "progress");
        consumed += next - position;
        if (wasDone) {
            assertEquals(position, next, "consumes nothing once done");
            assertEquals(eventBefore, decoder.event(), "event stays once done");
            return next;
        }
        assertBounds(buffer, position, next);
        assertOnlyPayloadChanged(buffer, position, limit, before);
        note(next, limit);
        return next;
    }

    private void note(int next, int limit) {
        switch (decoder.event()) {
            case FrameDecoder.NEED_INPUT -> assertEquals(limit, next, "needs input only when there is none");
            case FrameDecoder.MESSAGE -> {
                assertTrue(decoder.messageEnd());
                assertEquals(0, messageParts, "a message in one piece has no parts before");
                part();
            }
            case FrameDecoder.PART -> part();
            case FrameDecoder.PING -> say("ping " + HexFormat.of().formatHex(payload()));
            case FrameDecoder.PONG -> say("pong " + HexFormat.of().formatHex(payload()));
            case FrameDecoder.CLOSE -> say("close " + decoder.closeCode() + " " + decoder.closeReason());
            case FrameDecoder.VIOLATION -> say("violation " + decoder.violation());
            default -> throw new AssertionError("event " + decoder.event());
        }
        assertEquals(decoder.event() == FrameDecoder.CLOSE || decoder.event() == FrameDecoder.VIOLATION, decoder.isDone());
        assertEquals(decoder.event() == FrameDecoder.VIOLATION, decoder.violation() != null);
    }

    private void part() {
        if (messageParts++ == 0) {
            messageOpcode = decoder.opcode();
            messageCompressed = decoder.compressed();
        }
        assertEquals(messageOpcode, decoder.opcode(), "opcode of a continuation");
        assertEquals(messageCompressed, decoder.compressed(), "compression of a continuation");
        message.writeBytes(payload());
        assertEquals(!decoder.messageEnd(), decoder.withinMessage());
        if (decoder.messageEnd()) {
            assertEquals(0, decoder.frameRemaining());
            assertEquals(decoder.event() == FrameDecoder.MESSAGE ? 1 : messageParts, messageParts);
            String kind = (messageCompressed ? "compressed " : "") + Opcode.name(messageOpcode);
            say(kind + " " + HexFormat.of().formatHex(message.toByteArray()));
            message.reset();
            messageParts = 0;
        }
    }

    private byte[] payload() {
        int from = decoder.payloadPosition();
        return copy(decoder.payloadBuffer(), from, from + decoder.payloadLength());
    }

    private void say(String event) {
        events.add(event);
        eventEnds.add(consumed);
    }

    private void assertBounds(FrameBuffer buffer, int position, int next) {
        if (decoder.event() == FrameDecoder.NEED_INPUT || decoder.event() == FrameDecoder.VIOLATION) {
            return;
        }
        if (decoder.event() == FrameDecoder.MESSAGE || decoder.event() == FrameDecoder.PART) {
            assertSame(buffer.bytes(), decoder.payloadBuffer());
        }
        if (decoder.payloadBuffer() == buffer.bytes()) {
            assertTrue(decoder.payloadPosition() >= position);
            assertEquals(next, decoder.payloadPosition() + decoder.payloadLength());
        } else {
            assertTrue(Opcode.isControl(decoder.opcode()));
            assertFalse(decoder.compressed());
        }
    }

    private void assertOnlyPayloadChanged(FrameBuffer buffer, int position, int limit, byte[] before) {
        boolean inPlace = decoder.payloadBuffer() == buffer.bytes();
        if (decoder.event() == FrameDecoder.NEED_INPUT || decoder.event() == FrameDecoder.VIOLATION || !inPlace) {
            return;
        }
        byte[] after = copy(buffer.bytes(), position, limit);
        int payload = decoder.payloadPosition() - position;
        System.arraycopy(before, payload, after, payload, decoder.payloadLength());
        assertArrayEquals(before, after, "bytes around the payload");
    }

    private static void assertUntouched(ByteBuffer bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            assertTrue(bytes.get(i) == FILLER, "byte outside of the input");
        }
    }

    private static byte[] copy(ByteBuffer bytes, int from, int to) {
        assertFalse(to < from);
        byte[] result = new byte[to - from];
        bytes.get(from, result);
        return result;
    }
}
