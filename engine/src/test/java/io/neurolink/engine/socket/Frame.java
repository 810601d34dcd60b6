package io.neurolink.engine.socket;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** An unfragmented frame, as a client expects it of the server. */
public record Frame(int opcode, byte[] payload) {
    private static final int SHOWN_BYTES = 40;

    public static Frame text(String text) {
        return new Frame(Frames.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    public static Frame binary(byte[] payload) {
        return new Frame(Frames.BINARY, payload);
    }

    public static Frame pong(byte[] payload) {
        return new Frame(Frames.PONG, payload);
    }

    public boolean isControl() {
        return opcode >= Frames.CLOSE;
    }

    public boolean isClose() {
        return opcode == Frames.CLOSE;
    }

    /** The code of a close frame; 1005 if it has none. */
    public int closeCode() {
        return payload.length == 0 ? 1005 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
    }

    /** The reason of a close frame, or the payload of a message. */
    public String text() {
        int from = isClose() ? Math.min(2, payload.length) : 0;
        return new String(payload, from, payload.length - from, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Frame frame && opcode == frame.opcode && Arrays.equals(payload, frame.payload);
    }

    @Override
    public int hashCode() {
        return 31 * opcode + Arrays.hashCode(payload);
    }

    @Override
    public String toString() {
        String shown = HexFormat.of().formatHex(payload, 0, Math.min(payload.length, SHOWN_BYTES));
        return "Frame[opcode " + opcode + ", " + payload.length + " bytes: " + shown + (payload.length > SHOWN_BYTES ? "…]" : "]");
    }
}
