package io.neurolink.engine;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The bytes a client puts on the wire. */
final class ClientFrames {
    private static final int MASK_KEY = 0x5EC0FF1E;

    private ClientFrames() {
    }

    static byte[] text(String text) {
        return frame(Opcode.TEXT, true, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] binary(byte... payload) {
        return frame(Opcode.BINARY, true, payload);
    }

    static byte[] ping(String payload) {
        return frame(Opcode.PING, true, payload.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] pong(byte... payload) {
        return frame(Opcode.PONG, true, payload);
    }

    static byte[] close(int code, String reason) {
        ByteBuffer bytes = ByteBuffer.allocate(FrameEncoder.MAX_CONTROL_PAYLOAD + FrameEncoder.MAX_HEADER_LENGTH);
        int length = FrameEncoder.encodeMaskedClose(bytes, 0, code, reason, MASK_KEY);
        return Arrays.copyOf(bytes.array(), length);
    }

    /** A close frame without a code. */
    static byte[] close() {
        return frame(Opcode.CLOSE, true);
    }

    /** Also frames that no decent client sends. */
    static byte[] frame(int opcode, boolean fin, byte... payload) {
        int headerLength = FrameEncoder.headerLength(Role.CLIENT, payload.length);
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.allocate(headerLength + payload.length));
        buffer.bytes().put(headerLength, payload);
        FrameEncoder.encodeMaskedFrame(buffer, headerLength, opcode, fin, payload.length, MASK_KEY);
        return buffer.bytes().array();
    }

    /** Byte by byte. */
    static List<byte[]> split(byte[] bytes) {
        List<byte[]> parts = new ArrayList<>();
        for (byte one : bytes) {
            parts.add(new byte[] {one});
        }
        return parts;
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] repeat(byte[] part, int times) {
        byte[] all = new byte[part.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(part, 0, all, i * part.length, part.length);
        }
        return all;
    }
}
