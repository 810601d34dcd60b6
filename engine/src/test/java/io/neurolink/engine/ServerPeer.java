package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.transport.FakeTransport;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.handshake.AcceptKey;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A server at the other end of a {@link FakeTransport}: answers as a test says, takes apart what it gets with the server's decoder. */
final class ServerPeer {
    final FakeTransport transport;
    private final FrameDecoder decoder = new FrameDecoder(Role.SERVER, new FrameLimits(Integer.MAX_VALUE, Integer.MAX_VALUE));
    private int position;

    ServerPeer(FakeTransport transport) {
        this.transport = transport;
    }

    /** A whole frame of a server. */
    static byte[] frame(int opcode, byte... payload) {
        ByteBuffer bytes = ByteBuffer.allocate(FrameEncoder.headerLength(Role.SERVER, payload.length) + payload.length);
        int header = FrameEncoder.encodeHeader(bytes, 0, opcode, true, payload.length);
        return bytes.put(header, payload).array();
    }

    static byte[] text(String text) {
        return frame(Opcode.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] close(int code, String reason) {
        ByteBuffer bytes = ByteBuffer.allocate(FrameEncoder.MAX_CONTROL_PAYLOAD + 2);
        return Arrays.copyOf(bytes.array(), FrameEncoder.encodeClose(bytes, 0, code, reason));
    }

    /** The whole request, which is taken off. */
    String request() {
        String sent = new String(transport.sent(), StandardCharsets.ISO_8859_1);
        int end = sent.indexOf("\r\n\r\n");
        assertTrue(end >= 0, () -> "no whole request: " + sent);
        position = end + 4;
        return sent.substring(0, position);
    }

    static String key(String request) {
        int start = request.indexOf("Sec-WebSocket-Key: ") + "Sec-WebSocket-Key: ".length();
        return request.substring(start, request.indexOf("\r\n", start));
    }

    /** The right answer, with further header fields. */
    byte[] switching(String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
                .append("Sec-WebSocket-Accept: ").append(AcceptKey.compute(key(request()))).append("\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    ServerPeer send(byte[]... parts) {
        for (byte[] part : parts) {
            transport.receive(part);
        }
        return this;
    }

    ServerPeer send(String head) {
        return send(head.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Bytes that were sent since the last look. */
    byte[] take() {
        byte[] sent = transport.sent();
        byte[] unseen = Arrays.copyOfRange(sent, position, sent.length);
        position = sent.length;
        return unseen;
    }

    /** The frames since the last look, which are masked, each as opcode and payload. */
    List<String> frames() {
        List<String> frames = new ArrayList<>();
        for (byte[] message : messages(true)) {
            frames.add(new String(message, StandardCharsets.UTF_8));
        }
        return frames;
    }

    /** Payloads of the data messages since the last look. */
    List<byte[]> messages() {
        return messages(false);
    }

    private List<byte[]> messages(boolean isDescribed) {
        List<byte[]> messages = new ArrayList<>();
        byte[] bytes = take();
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(bytes));
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int at = 0;
        while (!decoder.isDone()) {
            at = decoder.decode(buffer, at, bytes.length);
            assertNotEquals(FrameDecoder.VIOLATION, decoder.event(), () -> "the client sent nonsense: " + decoder.violation());
            if (decoder.event() == FrameDecoder.NEED_INPUT) {
                return messages;
            }
            byte[] payload = new byte[decoder.payloadLength()];
            if (payload.length > 0) {
                decoder.payloadBuffer().get(decoder.payloadPosition(), payload);
            }
            whole.writeBytes(payload);
            if (decoder.event() != FrameDecoder.PART || decoder.messageEnd()) {
                if (isDescribed) {
                    messages.add(describe(decoder.opcode(), whole.toByteArray()).getBytes(StandardCharsets.UTF_8));
                } else if (!Opcode.isControl(decoder.opcode())) {
                    messages.add(whole.toByteArray());
                }
                whole.reset();
            }
        }
        return messages;
    }

    private static String describe(int opcode, byte[] payload) {
        if (opcode == Opcode.CLOSE && payload.length > 0) {
            return ("CLOSE " + ((payload[0] & 0xFF) << 8 | payload[1] & 0xFF) + " "
                    + new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8)).trim();
        }
        return (Opcode.name(opcode).toUpperCase(java.util.Locale.ROOT) + " " + new String(payload, StandardCharsets.UTF_8)).trim();
    }
}
