package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.FrameEncoder;
import io.neurolink.protocol.FrameLimits;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.Utf8Validator;
import io.neurolink.protocol.deflate.InflateHistory;
import io.neurolink.protocol.deflate.MessageInflater;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A peer of a {@link ScriptedServer}: what it sent, of which the last bytes may be held back, and what its handler got. */
final class ScriptedPeer {
    /** What a handler does with a message. */
    private static final String REACTIONS = "eeeennsrbcx";

    final TestPeer wire;
    final String name;

    /** Whether the line has taken everything at any time, and nobody broke it. */
    boolean hasGoodLine = true;

    /** What the handler got, in order. */
    final List<Message> delivered = new ArrayList<>();

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final ScriptedSettings settings;

    /** Null unless the server compresses. */
    private final PeerDeflate deflate;
    private byte[] rest = new byte[0];
    private int next;

    /** A message of a peer, or one that came to it. */
    record Message(boolean isText, byte[] payload) {
        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Message message && isText == message.isText && Arrays.equals(payload, message.payload);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(payload);
        }

        @Override
        public String toString() {
            return (isText ? "text[" : "binary[") + payload.length + "]";
        }
    }

    ScriptedPeer(TestPeer wire, int index, ScriptedSettings settings) {
        this.wire = wire;
        this.settings = settings;
        this.deflate = settings.isCompressed() ? new PeerDeflate(true, settings.keepsContext()) : null;
        this.name = "peer" + index;
    }

    // ------------------------------------------------------------------ sending

    /** Sends all but the last bytes, which come before anything else next time. */
    void send(byte[] bytes, int held) {
        byte[] all = ClientFrames.concat(rest, bytes);
        int cut = all.length - Math.min(held, all.length);
        byte[] now = Arrays.copyOf(all, cut);
        sent.writeBytes(now);
        wire.send(now);
        rest = Arrays.copyOfRange(all, cut, all.length);
    }

    String nextText(int amount, int maxPayload) {
        return name + " " + next++ + " " + REACTIONS.charAt(amount % REACTIONS.length()) + " " + "x".repeat(amount % maxPayload);
    }

    /** The frame of a text, compressed if that was agreed on and the number is odd. */
    byte[] frame(String text, int number) {
        return deflate == null || number % 2 == 0 ? ClientFrames.text(text)
                : ClientFrames.frame(Opcode.TEXT | FrameEncoder.RSV1, true, deflate.deflate(text.getBytes(StandardCharsets.UTF_8)));
    }

    byte[] fragments(int amount, int maxPayload) {
        byte[] whole = (name + " " + next++ + " e " + "y".repeat(amount % maxPayload)).getBytes(StandardCharsets.UTF_8);
        int cut = amount % whole.length;
        return ClientFrames.concat(ClientFrames.frame(Opcode.TEXT, false, Arrays.copyOf(whole, cut)), ClientFrames.ping("between"),
                ClientFrames.frame(Opcode.CONTINUATION, true, Arrays.copyOfRange(whole, cut, whole.length)));
    }

    // ------------------------------------------------------------------ what it was promised

    /** What was delivered is the beginning of what came in, message by message; with {@code mayMiss} some may have been left out. */
    void verifyDelivered(FrameLimits limits, boolean mayMiss) {
        List<Message> came = decode(limits);
        int at = 0;
        for (Message message : delivered) {
            while (mayMiss && at < came.size() && !came.get(at).equals(message)) {
                at++;
            }
            assertTrue(at < came.size(), () -> name + " sent " + came + ", delivered was " + delivered);
            assertEquals(came.get(at++), message, name);
        }
    }

    /** All messages in what was sent, up to the first fault. */
    private List<Message> decode(FrameLimits limits) {
        byte[] bytes = sent.toByteArray();
        FrameDecoder decoder = new FrameDecoder(Role.SERVER, limits, settings.isCompressed());
        InflateModel inflater = new InflateModel(settings.keepsContext(), limits.maxMessageSize());
        FrameBuffer buffer = FrameBuffer.wrap(ByteBuffer.wrap(bytes));
        List<Message> messages = new ArrayList<>();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        int at = 0;
        do {
            at = decoder.decode(buffer, at, bytes.length);
            if (decoder.event() == FrameDecoder.MESSAGE || decoder.event() == FrameDecoder.PART) {
                message.write(bytes, decoder.payloadPosition(), decoder.payloadLength());
                if (decoder.messageEnd()) {
                    byte[] payload = decoder.compressed() ? inflater.inflate(message.toByteArray()) : message.toByteArray();
                    if (payload == null || decoder.compressed() && decoder.opcode() == Opcode.TEXT && !isText(payload)) {
                        return messages;
                    }
                    messages.add(new Message(decoder.opcode() == Opcode.TEXT, payload));
                    message.reset();
                }
            }
        } while (decoder.event() != FrameDecoder.NEED_INPUT && !decoder.isDone());
        return messages;
    }

    private static boolean isText(byte[] payload) {
        return Utf8Validator.validate(Utf8Validator.ACCEPT, ByteBuffer.wrap(payload), 0, payload.length) == Utf8Validator.ACCEPT;
    }

    /** What a whole payload inflates to, with all that came before at hand; null where the connection ends. */
    private static final class InflateModel {
        private static final int WINDOW_BITS = 15;

        private final InflateHistory history;
        private final int limit;

        InflateModel(boolean keepsContext, int limit) {
            this.history = keepsContext ? new InflateHistory(WINDOW_BITS) : null;
            this.limit = limit;
        }

        byte[] inflate(byte[] payload) {
            try (MessageInflater inflater = new MessageInflater()) {
                ByteBuffer message = ByteBuffer.allocate(limit + 1);
                inflater.begin(ByteBuffer.wrap(payload), history);
                if (inflater.inflate(message) != MessageInflater.DONE) {
                    return null;
                }
                if (history != null) {
                    history.append(message, 0, message.position());
                }
                return Arrays.copyOf(message.array(), message.position());
            }
        }
    }
}
