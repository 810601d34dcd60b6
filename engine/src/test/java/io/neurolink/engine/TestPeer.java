package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.neurolink.engine.transport.FakeTransport;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.handshake.ClientHandshake;
import io.neurolink.protocol.handshake.DecodeStatus;
import io.neurolink.protocol.handshake.ExtensionOffer;
import io.neurolink.protocol.handshake.HttpLimits;
import io.neurolink.protocol.handshake.HttpResponseHead;
import io.neurolink.protocol.handshake.ResponseDecoder;
import io.neurolink.protocol.handshake.UpgradeAgreement;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.random.RandomGenerator;

/** A client at the other end of a {@link FakeTransport}: sends bytes, takes apart what it gets with the client's half of the protocol. */
final class TestPeer {
    private static final RandomGenerator RANDOM = new Random(1);
    private static final int MAX_SHOWN = 64;

    final FakeTransport transport;
    private static final FrameLimits LIMITS = new FrameLimits(Integer.MAX_VALUE, Integer.MAX_VALUE);

    private FrameDecoder decoder = new FrameDecoder(Role.CLIENT, LIMITS);
    private PeerDeflate deflate;
    private int compressedMessages;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private ClientHandshake handshake;
    private int position;

    /** A whole HTTP answer. */
    record Answer(HttpResponseHead head, String body) {
        int status() {
            return head.statusCode();
        }

        String header(String name) {
            return head.header(name);
        }
    }

    TestPeer(FakeTransport transport) {
        this.transport = transport;
    }

    // ------------------------------------------------------------------ opening

    /** The bytes of an upgrade request with further header fields, each {@code Name: value}. */
    byte[] upgradeRequest(String target, String... headers) {
        ClientHandshake.Builder builder = ClientHandshake.builder("localhost:3000", target);
        List<String> subprotocols = new ArrayList<>();
        for (String header : headers) {
            String[] parts = header.split(": ", 2);
            if (parts[0].equals("Sec-WebSocket-Protocol")) {
                subprotocols.addAll(List.of(parts[1].split(", ")));
            } else if (parts[0].equals("Sec-WebSocket-Extensions")) {
                ExtensionOffer.parse(parts[1]).forEach(builder::extension);
            } else {
                builder.header(parts[0], parts[1]);
            }
        }
        handshake = builder.subprotocols(subprotocols.toArray(String[]::new)).build(RANDOM);
        return handshake.request();
    }

    TestPeer upgrade(String target, String... headers) {
        return send(upgradeRequest(target, headers));
    }

    /** Whether the head of an answer is there. */
    boolean isAnswered() {
        return new String(unseen(), StandardCharsets.ISO_8859_1).contains("\r\n\r\n");
    }

    /** Whether the answer is a 101. */
    boolean isUpgraded() {
        return new String(unseen(), StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 101 ");
    }

    /** The answer to the upgrade, which must be a correct 101. */
    UpgradeAgreement agreement() {
        Answer answer = answer();
        UpgradeAgreement agreement = assertInstance(handshake.validate(answer.head()));
        if (!agreement.extensions().isEmpty()) {
            decoder = new FrameDecoder(Role.CLIENT, LIMITS, true);
            deflate = new PeerDeflate(DeflateNegotiation.check(agreement.extensions().get(0), DeflateParameters.UNRESTRICTED));
        }
        return agreement;
    }

    private static UpgradeAgreement assertInstance(ClientHandshake.Outcome outcome) {
        if (outcome instanceof UpgradeAgreement agreement) {
            return agreement;
        }
        throw new AssertionError("not upgraded: " + outcome);
    }

    // ------------------------------------------------------------------ sending

    TestPeer send(byte[]... parts) {
        for (byte[] part : parts) {
            transport.receive(part);
        }
        return this;
    }

    TestPeer text(String text) {
        return send(ClientFrames.text(text));
    }

    /** A whole message, compressed. */
    TestPeer compressed(int opcode, byte[] message) {
        return send(ClientFrames.frame(opcode | FrameEncoder.RSV1, true, deflate.deflate(message)));
    }

    TestPeer compressed(String text) {
        return compressed(Opcode.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    PeerDeflate deflate() {
        return deflate;
    }

    /** How many of the messages received so far were compressed. */
    int compressedMessages() {
        return compressedMessages;
    }

    TestPeer request(String head) {
        return send(head.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    // ------------------------------------------------------------------ receiving

    /** The next answer, interim ones included. Fails if it is not whole. */
    Answer answer() {
        byte[] bytes = unseen();
        ResponseDecoder heads = new ResponseDecoder(HttpLimits.DEFAULTS);
        int end = heads.decode(ByteBuffer.wrap(bytes), 0, bytes.length);
        assertEquals(DecodeStatus.COMPLETE, heads.status(), () -> "no whole head: " + new String(bytes, StandardCharsets.ISO_8859_1));
        int length = (int) Math.max(0, heads.head().contentLength());
        assertEquals(true, bytes.length >= end + length, "the body is not whole");
        position += end + length;
        return new Answer(heads.head(), new String(bytes, end, length, StandardCharsets.UTF_8));
    }

    /** The answer to a HEAD request: a head alone. */
    Answer answerWithoutBody() {
        byte[] bytes = unseen();
        ResponseDecoder heads = new ResponseDecoder(HttpLimits.DEFAULTS);
        position += heads.decode(ByteBuffer.wrap(bytes), 0, bytes.length);
        return new Answer(heads.head(), "");
    }

    /** Bytes that were sent to the peer and that it has not looked at yet. */
    byte[] unseen() {
        byte[] sent = transport.sent();
        return Arrays.copyOfRange(sent, position, sent.length);
    }

    boolean hasUnseen() {
        return transport.sentLength() > position;
    }

    /** The same, as they were, and looks at them. */
    byte[] take() {
        byte[] bytes = unseen();
        position += bytes.length;
        return bytes;
    }

    String takeHex() {
        return HexFormat.of().formatHex(take());
    }

    /** The frames since the last look, each described; an unfinished one waits. */
    List<String> frames() {
        List<String> frames = new ArrayList<>();
        eachFrame((opcode, payload) -> frames.add(describe(opcode, payload)));
        return frames;
    }

    /** The payloads of the data messages since the last look; other frames are passed over. */
    List<byte[]> messages() {
        List<byte[]> messages = new ArrayList<>();
        eachFrame((opcode, payload) -> {
            if (!Opcode.isControl(opcode)) {
                messages.add(payload);
            }
        });
        return messages;
    }

    List<String> texts() {
        return messages().stream().map(payload -> new String(payload, StandardCharsets.UTF_8)).toList();
    }

    private interface FrameConsumer {
        void accept(int opcode, byte[] payload);
    }

    private void eachFrame(FrameConsumer consumer) {
        byte[] bytes = take();
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(bytes));
        int at = 0;
        while (!decoder.isDone()) {
            at = decoder.decode(buffer, at, bytes.length);
            assertNotEquals(FrameDecoder.VIOLATION, decoder.event(), () -> "the server sent nonsense: " + decoder.violation());
            if (decoder.event() == FrameDecoder.NEED_INPUT) {
                return;
            }
            onEvent(consumer);
        }
        assertEquals(bytes.length, at, "bytes after the close frame");
    }

    private void onEvent(FrameConsumer consumer) {
        byte[] payload = new byte[decoder.payloadLength()];
        if (payload.length > 0) {
            decoder.payloadBuffer().get(decoder.payloadPosition(), payload);
        }
        if (decoder.event() == FrameDecoder.PART) {
            message.writeBytes(payload);
            if (decoder.messageEnd()) {
                consumer.accept(decoder.opcode(), inflated(message.toByteArray()));
                message.reset();
            }
        } else {
            consumer.accept(decoder.opcode(), inflated(payload));
        }
    }

    private byte[] inflated(byte[] payload) {
        if (!decoder.compressed()) {
            return payload;
        }
        compressedMessages++;
        return deflate.inflate(payload);
    }

    private static String describe(int opcode, byte[] payload) {
        String name = Opcode.name(opcode).toLowerCase(Locale.ROOT);
        if (opcode == Opcode.CLOSE) {
            return payload.length == 0 ? "close" : ("close " + ((payload[0] & 0xFF) << 8 | payload[1] & 0xFF) + " "
                    + new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8)).trim();
        }
        if (payload.length > MAX_SHOWN) {
            return name + "[" + payload.length + "]";
        }
        return name + " " + (opcode == Opcode.TEXT ? new String(payload, StandardCharsets.UTF_8) : HexFormat.of().formatHex(payload));
    }
}
