package io.neurolink.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Builds bytes of frames by hand, right or wrong ones, without the encoder under test. */
final class Wire {
    static final int FIN = 0x80;
    static final int MASK = 0x80;

    private static final byte[] KEY = {0x37, (byte) 0xFA, 0x21, 0x3D};

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final boolean masked;

    /** The input of a decoder in this role. */
    Wire(Role decodersRole) {
        this.masked = decodersRole == Role.SERVER;
    }

    static byte[] bytes(int... values) {
        byte[] result = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (byte) values[i];
        }
        return result;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] closeBody(int code, String reason) {
        byte[] text = utf8(reason);
        byte[] body = new byte[2 + text.length];
        body[0] = (byte) (code >> 8);
        body[1] = (byte) code;
        System.arraycopy(text, 0, body, 2, text.length);
        return body;
    }

    Wire raw(int... values) {
        out.writeBytes(bytes(values));
        return this;
    }

    Wire frame(boolean fin, int opcode, byte[] payload) {
        int form = payload.length < 126 ? 0 : payload.length < 65536 ? 2 : 8;
        return head((fin ? FIN : 0) | opcode, form, payload.length).payload(payload);
    }

    Wire frame(boolean fin, int opcode, String payload) {
        return frame(fin, opcode, utf8(payload));
    }

    /** First byte, mask bit as the role has it, a length in a form of 0, 2 or 8 bytes, and the key. */
    Wire head(int firstByte, int lengthForm, long length) {
        out.write(firstByte);
        out.write((masked ? MASK : 0) | (lengthForm == 0 ? (int) length : lengthForm == 2 ? 126 : 127));
        for (int shift = lengthForm * 8 - 8; shift >= 0; shift -= 8) {
            out.write((int) (length >>> shift));
        }
        if (masked) {
            out.writeBytes(KEY);
        }
        return this;
    }

    Wire payload(byte[] payload) {
        for (int i = 0; i < payload.length; i++) {
            out.write(masked ? payload[i] ^ KEY[i % 4] : payload[i]);
        }
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
