package io.neurolink.engine.socket;

import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CLOSE;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.LENGTH_16;
import static io.neurolink.engine.socket.Frames.LENGTH_64;
import static io.neurolink.engine.socket.Frames.PING;
import static io.neurolink.engine.socket.Frames.PONG;
import static io.neurolink.engine.socket.Frames.TEXT;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Conformance cases about single frames: echo, pings and pongs, reserved bits, opcodes, masks and lengths. */
final class FramingCases {
    private static final byte[] NOTHING = new byte[0];
    private static final int PROTOCOL_ERROR = 1002;

    private FramingCases() {
    }

    // ------------------------------------------------------------------ 1: echo

    static Stream<Conversation> echo() {
        List<Conversation> cases = new ArrayList<>();
        for (int size : new int[] {0, 1, 125, 126, 127, 128, 1000, 65_535, 65_536, 100_000}) {
            for (int chop : new int[] {Integer.MAX_VALUE, 1, 2, 7, 997, 16_384}) {
                if (chop >= size / 30 || size <= 1000) {
                    cases.add(echoOfText(size, chop));
                    cases.add(echoOfBinary(size, chop));
                }
            }
        }
        cases.add(echoOfText(65_535, 1));
        cases.add(echoOfBinary(65_536, 1));
        return cases.stream();
    }

    private static Conversation echoOfText(int size, int chop) {
        String text = Frames.textOfBytes(size);
        return Conversation.of("text of " + size + inPieces(chop)).chopped(chop).send(Frames.text(text)).expect(Frame.text(text)).closes();
    }

    private static Conversation echoOfBinary(int size, int chop) {
        byte[] payload = Frames.payload(size);
        return Conversation.of("binary of " + size + inPieces(chop)).chopped(chop).send(Frames.binary(payload))
                .expect(Frame.binary(payload)).closes();
    }

    private static String inPieces(int chop) {
        return chop == Integer.MAX_VALUE ? "" : " in pieces of " + chop;
    }

    // ------------------------------------------------------------------ 2: pings and pongs

    static Stream<Conversation> pings() {
        List<Conversation> cases = new ArrayList<>();
        for (int chop : new int[] {Integer.MAX_VALUE, 1, 3}) {
            for (int size : new int[] {0, 1, 8, 124, 125}) {
                byte[] payload = Frames.payload(size);
                cases.add(Conversation.of("ping of " + size + inPieces(chop)).chopped(chop).send(Frames.ping(payload))
                        .expect(Frame.pong(payload)).closes());
                cases.add(Conversation.of("unsolicited pong of " + size + inPieces(chop)).chopped(chop).send(Frames.pong(payload)).probe()
                        .closes());
            }
            cases.add(tenPings(chop));
            cases.add(Conversation.of("text, pong, ping" + inPieces(chop)).chopped(chop)
                    .send(Frames.pong(Frames.payload(9)), Frames.text("x")).expect(Frame.text("x")).probe().closes());
            cases.add(Conversation.of("ping of 126" + inPieces(chop)).chopped(chop).send(Frames.ping(Frames.payload(126)))
                    .endsWith(PROTOCOL_ERROR));
        }
        cases.add(Conversation.of("ping of 126, known from its head").send(Frames.head(FIN | PING, 126)).endsWith(PROTOCOL_ERROR));
        cases.add(Conversation.of("pong of 126, known from its head").send(Frames.head(FIN | PONG, 126)).endsWith(PROTOCOL_ERROR));
        cases.add(Conversation.of("ping of 70000, known from its head").send(Frames.head(FIN | PING, 70_000)).endsWith(PROTOCOL_ERROR));
        return cases.stream();
    }

    /** Each is answered, in order, however they come. */
    private static Conversation tenPings(int chop) {
        byte[][] pings = IntStream.range(0, 10).mapToObj(i -> Frames.ping(("payload-" + i).getBytes(StandardCharsets.UTF_8)))
                .toArray(byte[][]::new);
        Frame[] pongs = IntStream.range(0, 10).mapToObj(i -> Frame.pong(("payload-" + i).getBytes(StandardCharsets.UTF_8)))
                .toArray(Frame[]::new);
        return Conversation.of("ten pings at once" + inPieces(chop)).chopped(chop).send(pings).expect(pongs).closes();
    }

    // ------------------------------------------------------------------ 3: reserved bits

    static Stream<Conversation> reservedBits() {
        List<Conversation> cases = new ArrayList<>();
        for (int bits = 1; bits <= 7; bits++) {
            for (int opcode : new int[] {TEXT, BINARY, CONTINUATION, PING, PONG, CLOSE}) {
                byte[] wrong = Frames.of(FIN | bits << 4 | opcode, opcode == CLOSE ? NOTHING : Frames.payload(5));
                String name = "reserved bits " + bits + " with opcode " + opcode;
                cases.add(Conversation.of(name).send(wrong).endsWith(PROTOCOL_ERROR));
                cases.add(Conversation.of(name + ", by its first byte").send(new byte[] {wrong[0]}).endsWith(PROTOCOL_ERROR));
                cases.add(Conversation.of(name + ", between others").send(Frames.text("before")).expect(Frame.text("before"))
                        .send(wrong, Frames.text("after"), Frames.ping(NOTHING)).endsWith(PROTOCOL_ERROR));
            }
        }
        return cases.stream();
    }

    // ------------------------------------------------------------------ 4: opcodes

    static Stream<Conversation> reservedOpcodes() {
        List<Conversation> cases = new ArrayList<>();
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
            for (int size : new int[] {0, 5, 200}) {
                byte[] wrong = Frames.of(FIN | opcode, Frames.payload(size));
                String name = "opcode " + opcode + " with " + size + " bytes";
                cases.add(Conversation.of(name).send(wrong).endsWith(PROTOCOL_ERROR));
                cases.add(Conversation.of(name + ", byte by byte").chopped(1).send(wrong).endsWith(PROTOCOL_ERROR));
                cases.add(Conversation.of(name + ", between others").send(Frames.text("before")).expect(Frame.text("before"))
                        .send(wrong, Frames.text("after"), Frames.ping(NOTHING)).endsWith(PROTOCOL_ERROR));
            }
            cases.add(Conversation.of("opcode " + opcode + " within a message").send(Frames.of(TEXT, Frames.payload(0))).probe()
                    .send(Frames.of(FIN | opcode, NOTHING)).endsWith(PROTOCOL_ERROR));
        }
        return cases.stream();
    }

    // ------------------------------------------------------------------ masks and lengths

    static Stream<Conversation> masksAndLengths() {
        List<Conversation> cases = new ArrayList<>();
        for (int opcode : new int[] {TEXT, BINARY, PING, PONG, CLOSE}) {
            cases.add(Conversation.of("unmasked frame with opcode " + opcode).send(Frames.unmasked(FIN | opcode, NOTHING))
                    .endsWith(PROTOCOL_ERROR));
        }
        cases.add(Conversation.of("unmasked frame after an echo").send(Frames.text("before")).expect(Frame.text("before"))
                .send(Frames.unmasked(FIN | TEXT, Frames.payload(300))).endsWith(PROTOCOL_ERROR));
        for (int size : new int[] {0, 1, 125}) {
            cases.add(longForm(size, LENGTH_16));
            cases.add(longForm(size, LENGTH_64));
        }
        cases.add(longForm(126, LENGTH_64));
        cases.add(longForm(65_535, LENGTH_64));
        cases.add(Conversation.of("close with its length in 16 bits").send(Frames.withLengthForm(FIN | CLOSE, LENGTH_16, NOTHING))
                .endsWith(PROTOCOL_ERROR));
        for (long length : new long[] {Long.MIN_VALUE, -1, Long.MIN_VALUE + 5}) {
            cases.add(Conversation.of("negative length " + length).send(Frames.head(FIN | BINARY, length)).endsWith(PROTOCOL_ERROR));
        }
        return cases.stream();
    }

    private static Conversation longForm(int size, int bits) {
        return Conversation.of("length " + size + " in " + bits + " bits")
                .send(Frames.withLengthForm(FIN | BINARY, bits, Frames.payload(size))).endsWith(PROTOCOL_ERROR);
    }

    // ------------------------------------------------------------------ limits

    static Stream<Conversation> limits(int maxMessageSize, int maxFragments) {
        byte[] largest = Frames.payload(maxMessageSize);
        byte[] half = Frames.payload(maxMessageSize / 2);
        byte[][] fragments = IntStream.range(0, maxFragments).mapToObj(i -> Frames.of(i == 0 ? BINARY : CONTINUATION, NOTHING))
                .toArray(byte[][]::new);
        byte[][] allowed = fragments.clone();
        allowed[maxFragments - 1] = Frames.of(FIN | CONTINUATION, NOTHING);
        return Stream.of(
                Conversation.of("the largest message").send(Frames.binary(largest)).expect(Frame.binary(largest)).closes(),
                Conversation.of("the largest message in two fragments").send(Frames.of(BINARY, half), Frames.of(FIN | CONTINUATION, half))
                        .expect(Frame.binary(Frames.join(half, half))).closes(),
                Conversation.of("a message that is too big, known from its head").send(Frames.head(FIN | BINARY, maxMessageSize + 1))
                        .endsWith(1009),
                Conversation.of("a message that is too big by far, known from its head").send(Frames.head(FIN | TEXT, Long.MAX_VALUE))
                        .endsWith(1009),
                Conversation.of("fragments that are too big together").send(Frames.of(BINARY, half), Frames.of(CONTINUATION, half)).probe()
                        .send(Frames.head(CONTINUATION, 1)).endsWith(1009),
                Conversation.of("a message that is too big and really comes").send(Frames.binary(Frames.payload(maxMessageSize + 1)))
                        .endsWith(1009),
                Conversation.of("as many fragments as allowed").send(allowed).expect(Frame.binary(NOTHING)).closes(),
                Conversation.of("one fragment too many").send(fragments).probe().send(Frames.of(FIN | CONTINUATION, NOTHING))
                        .endsWith(1008));
    }
}
