package io.neurolink.engine.conformance;

import io.neurolink.engine.socket.Frames;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/**
 * A frame as a peer sends it, right or wrong; masked or not as its side demands.
 *
 * @param firstByte     FIN, reserved bits and opcode
 * @param lengthBits    7, 16 or 64
 * @param announced     the length in the header; if it is more than the payload has, the rest never comes
 * @param payload       the payload before masking
 * @param isMaskWrong   whether it is masked where it must not be, or the other way round
 * @param sentBytes     how many bytes of the frame are sent at most
 */
public record Sent(int firstByte, int lengthBits, long announced, byte[] payload, boolean isMaskWrong, int sentBytes) {
    private static final byte[] NOTHING = new byte[0];
    private static final int KEY_LENGTH = 4;

    public static Sent frame(int firstByte, byte... payload) {
        return new Sent(firstByte, shortestForm(payload.length), payload.length, payload, false, Integer.MAX_VALUE);
    }

    public static Sent frame(int firstByte, String text) {
        return frame(firstByte, text.getBytes(StandardCharsets.UTF_8));
    }

    public static Sent text(String text) {
        return frame(Frames.FIN | Frames.TEXT, text);
    }

    public static Sent binary(byte... payload) {
        return frame(Frames.FIN | Frames.BINARY, payload);
    }

    public static Sent ping(byte... payload) {
        return frame(Frames.FIN | Frames.PING, payload);
    }

    public static Sent pong(byte... payload) {
        return frame(Frames.FIN | Frames.PONG, payload);
    }

    public static Sent close(byte... body) {
        return frame(Frames.FIN | Frames.CLOSE, body);
    }

    public static Sent close(int code, String reason) {
        return close(Frames.closeBody(code, reason));
    }

    /** The header of a frame, and nothing of its payload. */
    public static Sent head(int firstByte, long length) {
        return frame(firstByte, NOTHING).announcing(length);
    }

    private static int shortestForm(long length) {
        return length >= 0 && length < 126 ? Frames.LENGTH_7 : length >= 126 && length < 65_536 ? Frames.LENGTH_16 : Frames.LENGTH_64;
    }

    public Sent announcing(long length) {
        return new Sent(firstByte, shortestForm(length), length, payload, isMaskWrong, sentBytes);
    }

    public Sent withLengthIn(int bits) {
        return new Sent(firstByte, bits, announced, payload, isMaskWrong, sentBytes);
    }

    public Sent wronglyMasked() {
        return new Sent(firstByte, lengthBits, announced, payload, true, sentBytes);
    }

    public Sent onlyBytes(int count) {
        return new Sent(firstByte, lengthBits, announced, payload, isMaskWrong, count);
    }

    /** Bytes before the key, or before the payload where there is none. */
    int lengthEnd() {
        return lengthBits == Frames.LENGTH_7 ? 2 : 2 + lengthBits / 8;
    }

    /** Bytes before the payload. */
    int payloadStart(boolean isPeerMasking) {
        return lengthEnd() + (isPeerMasking != isMaskWrong ? KEY_LENGTH : 0);
    }

    byte[] encode(boolean isPeerMasking, Random keys) {
        boolean isMasked = isPeerMasking != isMaskWrong;
        int start = payloadStart(isPeerMasking);
        byte[] bytes = new byte[start + payload.length];
        bytes[0] = (byte) firstByte;
        bytes[1] = (byte) ((isMasked ? Frames.MASK : 0) | (lengthBits == Frames.LENGTH_7 ? (int) announced
                : lengthBits == Frames.LENGTH_16 ? 126 : 127));
        for (int i = 2; i < lengthEnd(); i++) {
            bytes[i] = (byte) (announced >>> 8 * (lengthEnd() - 1 - i));
        }
        byte[] key = new byte[KEY_LENGTH];
        if (isMasked) {
            keys.nextBytes(key);
            System.arraycopy(key, 0, bytes, lengthEnd(), KEY_LENGTH);
        }
        for (int i = 0; i < payload.length; i++) {
            bytes[start + i] = (byte) (payload[i] ^ key[i & 3]);
        }
        return bytes.length <= sentBytes ? bytes : Arrays.copyOf(bytes, sentBytes);
    }
}
