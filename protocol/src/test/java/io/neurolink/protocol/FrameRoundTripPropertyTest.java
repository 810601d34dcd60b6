package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What the encoder writes, the decoder of the other side reads, for conversations of messages, fragments, control frames and a close. */
final class FrameRoundTripPropertyTest {
    private static final FrameLimits LIMITS = new FrameLimits(1 << 20, 64);

    /** A message, whole or in fragments, with pings and pongs before its fragments. */
    record Message(boolean text, byte[] content, List<Integer> cuts, List<byte[]> controls) {
        @Override
        public String toString() {
            return (text ? "text " : "binary ") + content.length + " bytes, cut at " + cuts + ", controls " + controls.size();
        }
    }

    /** What is expected of the bytes in {@link #out}. */
    private static final class Conversation {
        final ByteBuffer out = ByteBuffer.allocate(1 << 19);
        final FrameBuffer frames = FrameBuffer.wrap(out);
        final List<String> expected = new ArrayList<>();
        final Role sender;
        final Random keys;
        int length;

        Conversation(Role sender, long seed) {
            this.sender = sender;
            this.keys = new Random(seed);
        }

        void add(Message message) {
            int from = 0;
            for (int i = 0; i <= message.cuts.size(); i++) {
                if (i < message.controls.size()) {
                    control(i % 2 == 0 ? Opcode.PING : Opcode.PONG, message.controls.get(i));
                }
                boolean last = i == message.cuts.size();
                int to = last ? message.content.length : Math.max(from, Math.min(message.cuts.get(i), message.content.length));
                int opcode = i > 0 ? Opcode.CONTINUATION : message.text ? Opcode.TEXT : Opcode.BINARY;
                data(opcode, last, Arrays.copyOfRange(message.content, from, to));
                from = to;
            }
            expected.add((message.text ? "text " : "binary ") + HexFormat.of().formatHex(message.content));
        }

        void data(int opcode, boolean fin, byte[] payload) {
            int header = FrameEncoder.headerLength(sender, payload.length);
            out.put(length + header, payload);
            if (sender == Role.CLIENT) {
                FrameEncoder.encodeMaskedFrame(frames, length + header, opcode, fin, payload.length, keys.nextInt());
            } else {
                FrameEncoder.encodeHeader(out, length, opcode, fin, payload.length);
            }
            length += header + payload.length;
        }

        void control(int opcode, byte[] payload) {
            ByteBuffer source = ByteBuffer.wrap(payload);
            length += sender == Role.CLIENT
                    ? FrameEncoder.encodeMaskedControl(out, length, opcode, source, 0, payload.length, keys.nextInt())
                    : FrameEncoder.encodeControl(out, length, opcode, source, 0, payload.length);
            expected.add(Opcode.name(opcode) + " " + HexFormat.of().formatHex(payload));
        }

        void close(String reason) {
            length += sender == Role.CLIENT
                    ? FrameEncoder.encodeMaskedClose(out, length, CloseCode.GOING_AWAY, reason, keys.nextInt())
                    : FrameEncoder.encodeClose(out, length, CloseCode.GOING_AWAY, reason);
            expected.add("close 1001 " + reason);
        }
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void shouldReadWhatTheOtherSideWrites(
            @ForAll Role sender, @ForAll("conversations") List<Message> messages, @ForAll("reasons") String reason, @ForAll long seed) {
        Conversation conversation = new Conversation(sender, seed);
        messages.forEach(conversation::add);
        conversation.close(reason);
        byte[] input = Arrays.copyOf(conversation.out.array(), conversation.length);

        Role receiver = sender == Role.CLIENT ? Role.SERVER : Role.CLIENT;
        DecoderHarness whole = new DecoderHarness(receiver, LIMITS, true);
        whole.feed(input, 0, input.length);
        assertEquals(conversation.expected, whole.events());

        Random random = new Random(seed);
        int longest = 1 + input.length / 300 + random.nextInt(random.nextBoolean() ? 20 : 5000);
        DecoderHarness pieces = new DecoderHarness(receiver, LIMITS, false);
        for (int at = 0; at < input.length;) {
            int length = Math.min(input.length - at, 1 + random.nextInt(longest));
            pieces.feed(input, at, length);
            at += length;
        }
        assertEquals(conversation.expected, pieces.events());
    }

    @Property(tries = 300)
    void shouldWriteStringsThatTheDecoderAcceptsAsText(@ForAll String text, @ForAll Role sender, @ForAll int maskKey) {
        int payloadLength = Utf8Encoder.encodedLength(text);
        int header = FrameEncoder.headerLength(sender, payloadLength);
        FrameBuffer buffer = FrameBuffer.allocateDirect(header + payloadLength);
        assertEquals(payloadLength, Utf8Encoder.encode(text, buffer.bytes(), header));
        if (sender == Role.CLIENT) {
            assertEquals(0, FrameEncoder.encodeMaskedFrame(buffer, header, Opcode.TEXT, true, payloadLength, maskKey));
        } else {
            assertEquals(header, FrameEncoder.encodeHeader(buffer.bytes(), 0, Opcode.TEXT, true, payloadLength));
        }
        FrameDecoder decoder = new FrameDecoder(sender == Role.CLIENT ? Role.SERVER : Role.CLIENT, LIMITS);
        assertEquals(buffer.capacity(), decoder.decode(buffer, 0, buffer.capacity()));
        assertEquals(FrameDecoder.MESSAGE, decoder.event());
        assertEquals(Opcode.TEXT, decoder.opcode());
        assertEquals(payloadLength, decoder.payloadLength());
    }

    @Provide
    Arbitrary<List<Message>> conversations() {
        Arbitrary<Integer> lengths = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 20), Arbitraries.integers().between(120, 130),
                Arbitraries.integers().between(0, 3000), Arbitraries.of(65535, 65536));
        Arbitrary<List<Integer>> cuts = Arbitraries.integers().between(0, 300).list().ofMaxSize(5)
                .map(list -> list.stream().sorted().toList());
        Arbitrary<List<byte[]>> controls = Arbitraries.integers().between(0, 125).map(byte[]::new).list().ofMaxSize(4);
        Arbitrary<Message> message = Combinators.combine(Arbitraries.of(true, false), lengths, cuts, controls, Arbitraries.longs())
                .as((text, length, cut, control, seed) ->
                        new Message(text, text ? text(seed, length) : binary(seed, length), cut, control));
        return message.list().ofMaxSize(6);
    }

    @Provide
    Arbitrary<String> reasons() {
        return Arbitraries.strings().withChars("abc äß☃漢").ofMaxLength(41);
    }

    private static byte[] binary(long seed, int length) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    /** About {@code length} bytes; never a character cut. */
    private static byte[] text(long seed, int length) {
        Random random = new Random(seed);
        String[] alphabet = {"a", "b", " ", "ä", "☃", "𝄞", "plain ascii for a while "};
        int kinds = 1 + random.nextInt(alphabet.length);
        StringBuilder text = new StringBuilder();
        for (int bytes = 0; bytes < length;) {
            String next = alphabet[random.nextInt(kinds)];
            text.append(next);
            bytes += Wire.utf8(next).length;
        }
        return Wire.utf8(text.toString());
    }
}
