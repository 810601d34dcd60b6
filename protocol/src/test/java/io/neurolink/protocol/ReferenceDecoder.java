package io.neurolink.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * RFC 6455 once more, read slowly: one byte after the other, with copies, and nothing shared with the decoder under test but the names of
 * the violations. It says what happened and at which byte.
 */
final class ReferenceDecoder {
    private static final byte[] CONTINUATION_CANDIDATES = Wire.bytes(0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF);

    private static final Map<ByteBuffer, Boolean> VERDICTS = new ConcurrentHashMap<>();

    private final boolean server;
    private final int maxMessageSize;
    private final int maxFragments;
    private final boolean compressible;

    private final List<String> events = new ArrayList<>();
    private final List<Integer> eventEnds = new ArrayList<>();
    private byte[] input;
    private int index;

    private int messageOpcode = -1;
    private boolean messageCompressed;
    private int fragments;
    private int lastBytes;
    private ByteArrayOutputStream message = new ByteArrayOutputStream();

    ReferenceDecoder(Role role, FrameLimits limits) {
        this(role, limits, false);
    }

    ReferenceDecoder(Role role, FrameLimits limits, boolean compressible) {
        this.compressible = compressible;
        this.server = role == Role.SERVER;
        this.maxMessageSize = limits.maxMessageSize();
        this.maxFragments = limits.maxFragments();
    }

    /** Everything that can be said about an input, in order. */
    List<String> decode(byte[] bytes) {
        input = bytes;
        try {
            while (true) {
                frame();
            }
        } catch (Stop stop) {
            return events;
        }
    }

    /** For each event, after how many bytes of input it is known. */
    List<Integer> eventEnds() {
        return eventEnds;
    }

    private void frame() throws Stop {
        int first = next();
        int opcode = first & 15;
        boolean fin = first >= 128;
        boolean control = opcode >= 8;
        boolean compressed = compressible && (first / 16) % 8 == 4 && (opcode == 1 || opcode == 2);
        refuseIf((first / 16) % 8 != 0 && !compressed, ProtocolViolation.RESERVED_BIT);
        refuseIf(!List.of(0, 1, 2, 8, 9, 10).contains(opcode), ProtocolViolation.UNKNOWN_OPCODE);
        refuseIf(control && !fin, ProtocolViolation.FRAGMENTED_CONTROL);
        refuseIf(opcode == 0 && messageOpcode < 0, ProtocolViolation.UNEXPECTED_CONTINUATION);
        refuseIf(!control && opcode != 0 && messageOpcode >= 0, ProtocolViolation.INTERLEAVED_MESSAGE);
        refuseIf(!control && fragments + 1 > maxFragments, ProtocolViolation.TOO_MANY_FRAGMENTS);

        int second = next();
        boolean masked = second >= 128;
        refuseIf(server && !masked, ProtocolViolation.UNMASKED_CLIENT_FRAME);
        refuseIf(!server && masked, ProtocolViolation.MASKED_SERVER_FRAME);
        refuseIf(control && second % 128 > 125, ProtocolViolation.CONTROL_TOO_LONG);
        refuseIf(opcode == 8 && second % 128 == 1, ProtocolViolation.CLOSE_BODY_LENGTH);
        long length = length(second % 128);
        messageCompressed = messageCompressed && opcode != 1 && opcode != 2 || compressed;
        long maxLength = messageCompressed ? Math.min((1L << 31) - 1, (long) maxMessageSize + maxMessageSize / 8 + 1024) : maxMessageSize;
        refuseIf(!control && length > maxLength - message.size(), ProtocolViolation.MESSAGE_TOO_BIG);

        byte[] key = new byte[4];
        for (int i = 0; masked && i < 4; i++) {
            key[i] = (byte) next();
        }
        if (control) {
            control(opcode, (int) length, key);
        } else {
            data(opcode, fin, (int) length, key);
        }
    }

    private long length(int length7) throws Stop {
        if (length7 < 126) {
            return length7;
        }
        long length = 0;
        for (int i = 0; i < (length7 == 126 ? 2 : 8); i++) {
            length = length * 256 + next();
            refuseIf(length7 == 127 && i == 0 && length > 127, ProtocolViolation.NEGATIVE_LENGTH);
        }
        refuseIf(length <= (length7 == 126 ? 125 : 65535), ProtocolViolation.NON_MINIMAL_LENGTH);
        return length;
    }

    private void control(int opcode, int length, byte[] key) throws Stop {
        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) (next() ^ key[i % 4]);
            if (opcode == 8 && i == 1) {
                refuseIf(!isCloseCode(codeOf(payload)), ProtocolViolation.CLOSE_CODE_INVALID);
            } else if (opcode == 8 && i > 1) {
                refuseIf(!mayBecomeText(Arrays.copyOfRange(payload, Math.max(2, i - 3), i + 1)), ProtocolViolation.CLOSE_REASON_UTF8);
            }
        }
        if (opcode == 8) {
            byte[] reason = length > 2 ? Arrays.copyOfRange(payload, 2, length) : new byte[0];
            refuseIf(!isText(reason), ProtocolViolation.CLOSE_REASON_UTF8);
            say("close " + (length == 0 ? 1005 : codeOf(payload)) + " " + new String(reason, StandardCharsets.UTF_8));
            throw new Stop();
        }
        say((opcode == 9 ? "ping " : "pong ") + HexFormat.of().formatHex(payload));
    }

    private void data(int opcode, boolean fin, int length, byte[] key) throws Stop {
        fragments++;
        if (opcode != 0) {
            messageOpcode = opcode;
        }
        for (int i = 0; i < length; i++) {
            int value = next() ^ key[i % 4];
            message.write(value);
            lastBytes = lastBytes << 8 | value & 255;
            refuseIf(messageOpcode == 1 && !messageCompressed && !mayBecomeText(endOfMessage()), ProtocolViolation.INVALID_UTF8);
        }
        if (fin) {
            refuseIf(messageOpcode == 1 && !messageCompressed && !isText(message.toByteArray()), ProtocolViolation.INVALID_UTF8);
            String kind = (messageCompressed ? "compressed " : "") + (messageOpcode == 1 ? "text " : "binary ");
            say(kind + HexFormat.of().formatHex(message.toByteArray()));
            messageOpcode = -1;
            fragments = 0;
            message = new ByteArrayOutputStream();
        }
    }

    private byte[] endOfMessage() {
        byte[] end = ByteBuffer.allocate(4).putInt(lastBytes).array();
        return Arrays.copyOfRange(end, 4 - Math.min(4, message.size()), 4);
    }

    private static int codeOf(byte[] payload) {
        return (payload[0] & 255) * 256 + (payload[1] & 255);
    }

    private static boolean isCloseCode(int code) {
        return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006 || code >= 3000 && code <= 4999;
    }

    /** Given the last four bytes or all there are; what is before them was judged when it was the end. */
    private static boolean mayBecomeText(byte[] lastFour) {
        byte[] end = lastFour;
        for (int from = 0; from < end.length; from++) {
            if ((end[from] & 0xC0) != 0x80) {
                end = Arrays.copyOfRange(end, from, end.length);
                break;
            }
        }
        byte[] tail = end;
        return VERDICTS.computeIfAbsent(ByteBuffer.wrap(tail), key -> isText(tail) || hasCompletion(tail, 3));
    }

    private static boolean hasCompletion(byte[] text, int more) {
        for (byte candidate : CONTINUATION_CANDIDATES) {
            byte[] longer = Arrays.copyOf(text, text.length + 1);
            longer[text.length] = candidate;
            if (isText(longer) || more > 1 && hasCompletion(longer, more - 1)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isText(byte[] text) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private int next() throws Stop {
        if (index == input.length) {
            throw new Stop();
        }
        return input[index++] & 255;
    }

    private void refuseIf(boolean wrong, ProtocolViolation violation) throws Stop {
        if (wrong) {
            say("violation " + violation);
            throw new Stop();
        }
    }

    private void say(String event) {
        events.add(event);
        eventEnds.add(index);
    }

    private static final class Stop extends Exception {
        private static final long serialVersionUID = 1L;

        Stop() {
            super(null, null, false, false);
        }
    }
}
