package io.neurolink.engine.conformance;

import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CLOSE;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.LENGTH_16;
import static io.neurolink.engine.socket.Frames.LENGTH_64;
import static io.neurolink.engine.socket.Frames.PING;
import static io.neurolink.engine.socket.Frames.PONG;
import static io.neurolink.engine.socket.Frames.TEXT;

import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.socket.Frames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Groups 1 to 4: single frames, echoed or answered; reserved bits and opcodes. And masks, lengths and limits. */
final class FramingCases {
    static final int WHOLE = Integer.MAX_VALUE;

    private static final byte[] NOTHING = new byte[0];
    private static final int PROTOCOL_ERROR = 1002;
    private static final int POLICY_VIOLATION = 1008;
    private static final int TOO_BIG = 1009;

    private FramingCases() {
    }

    static String name(int opcode) {
        return switch (opcode) {
            case CONTINUATION -> "continuation";
            case TEXT -> "text";
            case BINARY -> "binary";
            case CLOSE -> "close";
            case PING -> "ping";
            case PONG -> "pong";
            default -> "opcode-" + opcode;
        };
    }

    static String by(int chop) {
        return chop == WHOLE ? "" : chop == 1 ? "-in-octets" : "-by-" + chop;
    }

    /** A payload of that many bytes, which is UTF-8 where it has to be. */
    static byte[] payload(int opcode, int size) {
        return opcode == TEXT ? Frames.textOfBytes(size).getBytes(StandardCharsets.UTF_8) : Frames.payload(size);
    }

    // ------------------------------------------------------------------ 1: echo

    static Stream<Case> echo() {
        List<Case> cases = new ArrayList<>();
        for (int opcode : new int[] {TEXT, BINARY}) {
            for (int size : new int[] {0, 1, 124, 125, 126, 127, 128, 1000, 65_534, 65_535, 65_536, 65_537}) {
                for (int chop : new int[] {WHOLE, 1, 2, 7, 997, 4096}) {
                    if (chop == WHOLE || chop == 1 && (size <= 1000 || size == 65_536) || chop < size && size <= chop * 100) {
                        cases.add(Case.of(name(opcode) + "-" + size + by(chop)).chopped(chop).echo(opcode, payload(opcode, size)).closes());
                    }
                }
            }
            cases.add(Case.of(name(opcode) + "-after-" + name(opcode)).echo(opcode, payload(opcode, 3)).echo(opcode, payload(opcode, 200))
                    .echo(opcode, NOTHING).closes());
        }
        return cases.stream();
    }

    // ------------------------------------------------------------------ 2: pings and pongs

    static Stream<Case> pings() {
        List<Case> cases = new ArrayList<>();
        for (int chop : new int[] {WHOLE, 1, 3}) {
            for (int size : new int[] {0, 1, 8, 124, 125}) {
                byte[] payload = Frames.payload(size);
                cases.add(Case.of("ping-" + size + by(chop)).chopped(chop).send(Sent.ping(payload)).expect(Frame.pong(payload)).closes());
                cases.add(Case.of("unsolicited-pong-" + size + by(chop)).chopped(chop).send(Sent.pong(payload)).probe().closes());
            }
            for (int size : new int[] {126, 127, 65_535, 65_536}) {
                for (int opcode : new int[] {PING, PONG}) {
                    Sent tooLong = Sent.frame(FIN | opcode, Frames.payload(size));
                    cases.add(Case.of(name(opcode) + "-" + size + by(chop)).chopped(chop)
                            .fails(tooLong, Place.SECOND_BYTE, PROTOCOL_ERROR));
                }
            }
            cases.add(tenPings(chop, false));
            cases.add(tenPings(chop, true));
            cases.add(Case.of("pong-text-ping" + by(chop)).chopped(chop).send(Sent.pong(Frames.payload(9))).echo("x").probe().closes());
            cases.add(Case.of("pong-then-ping-then-pong" + by(chop)).chopped(chop).send(Sent.pong(Frames.payload(9))).probe()
                    .send(Sent.pong(Frames.payload(7))).probe().closes());
        }
        cases.add(Case.of("ping-126-head-only").fails(Sent.head(FIN | PING, 126), Place.SECOND_BYTE, PROTOCOL_ERROR));
        cases.add(Case.of("ping-of-all-octets").send(Sent.ping(octets(0))).expect(Frame.pong(octets(0))).send(Sent.ping(octets(128)))
                .expect(Frame.pong(octets(128))).closes());
        return cases.stream();
    }

    private static byte[] octets(int from) {
        byte[] bytes = new byte[125];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }

    /** Each is answered, in order, however they come. */
    private static Case tenPings(int chop, boolean isAtOnce) {
        Case ten = Case.of("ten-pings" + (isAtOnce ? "-at-once" : "") + by(chop)).chopped(chop);
        for (int i = 0; i < 10; i++) {
            byte[] payload = ("payload-" + i).getBytes(StandardCharsets.UTF_8);
            ten.send(Sent.ping(payload)).expect(Frame.pong(payload));
        }
        return (isAtOnce ? ten.hasty() : ten).closes();
    }

    // ------------------------------------------------------------------ 3: reserved bits

    static Stream<Case> reservedBits() {
        List<Case> cases = new ArrayList<>();
        for (int bits = 1; bits <= 7; bits++) {
            for (int opcode : new int[] {TEXT, BINARY, CONTINUATION, PING, PONG, CLOSE}) {
                for (int fin : new int[] {FIN, 0}) {
                    Sent wrong = Sent.frame(fin | bits << 4 | opcode, opcode == CLOSE ? NOTHING : Frames.payload(5));
                    addWrongFirstByte(cases, "rsv-" + bits + "-" + name(opcode) + (fin == 0 ? "-not-final" : ""), wrong);
                }
            }
        }
        return cases.stream();
    }

    // ------------------------------------------------------------------ 4: opcodes

    static Stream<Case> reservedOpcodes() {
        List<Case> cases = new ArrayList<>();
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
            for (int size : new int[] {0, 5, 126, 65_536}) {
                addWrongFirstByte(cases, "opcode-" + opcode + "-with-" + size, Sent.frame(FIN | opcode, Frames.payload(size)));
            }
            addWrongFirstByte(cases, "opcode-" + opcode + "-not-final", Sent.frame(opcode, Frames.payload(5)));
            addWrongFirstByte(cases, "opcode-" + opcode + "-unmasked", Sent.frame(FIN | opcode, Frames.payload(5)).wronglyMasked());
        }
        return cases.stream();
    }

    /** Alone, as its first byte alone, between others, within a message, in octets and in threes. */
    private static void addWrongFirstByte(List<Case> cases, String name, Sent wrong) {
        cases.add(Case.of(name).fails(wrong, Place.FIRST_BYTE, PROTOCOL_ERROR));
        cases.add(Case.of(name + "-by-its-first-byte").fails(wrong.onlyBytes(1), Place.FIRST_BYTE, PROTOCOL_ERROR));
        cases.add(Case.of(name + "-after-a-message").echo("before").fails(wrong, Place.FIRST_BYTE, PROTOCOL_ERROR));
        cases.add(Case.of(name + "-between-others").echo("before").fails(wrong, Place.FIRST_BYTE, PROTOCOL_ERROR)
                .send(Sent.text("after"), Sent.ping(NOTHING)));
        cases.add(Case.of(name + "-within-a-message").send(Sent.frame(TEXT, NOTHING)).probe()
                .fails(wrong, Place.FIRST_BYTE, PROTOCOL_ERROR));
        for (int chop : new int[] {1, 3}) {
            cases.add(Case.of(name + "-between-others" + by(chop)).chopped(chop).echo("before")
                    .fails(wrong, Place.FIRST_BYTE, PROTOCOL_ERROR).send(Sent.ping(NOTHING)));
        }
    }

    // ------------------------------------------------------------------ masks and lengths

    static Stream<Case> masksAndLengths() {
        List<Case> cases = new ArrayList<>();
        for (int opcode : new int[] {TEXT, BINARY, PING, PONG, CLOSE}) {
            for (int size : new int[] {0, 2, 125}) {
                Sent wrong = Sent.frame(FIN | opcode, payload(TEXT, size)).wronglyMasked();
                cases.add(Case.of("mask-of-" + name(opcode) + "-" + size).fails(wrong, Place.SECOND_BYTE, PROTOCOL_ERROR));
                cases.add(Case.of("mask-of-" + name(opcode) + "-" + size + "-after-others").echo("before").probe()
                        .fails(wrong, Place.SECOND_BYTE, PROTOCOL_ERROR).send(Sent.text("after")));
            }
        }
        cases.add(Case.of("mask-of-300").fails(Sent.binary(Frames.payload(300)).wronglyMasked(), Place.SECOND_BYTE, PROTOCOL_ERROR));
        for (int size : new int[] {0, 1, 125, 126, 65_535}) {
            for (int bits : size <= 125 ? new int[] {LENGTH_16, LENGTH_64} : new int[] {LENGTH_64}) {
                for (int opcode : new int[] {TEXT, BINARY}) {
                    Sent wrong = Sent.frame(FIN | opcode, payload(opcode, size)).withLengthIn(bits);
                    cases.add(Case.of(name(opcode) + "-" + size + "-in-" + bits + "-bits").fails(wrong, Place.LENGTH, PROTOCOL_ERROR));
                }
            }
        }
        for (int opcode : new int[] {CLOSE, PING, PONG}) {
            for (int bits : new int[] {LENGTH_16, LENGTH_64}) {
                Sent wrong = Sent.frame(FIN | opcode).withLengthIn(bits);
                cases.add(Case.of(name(opcode) + "-0-in-" + bits + "-bits").fails(wrong, Place.SECOND_BYTE, PROTOCOL_ERROR));
            }
        }
        for (long length : new long[] {Long.MIN_VALUE, -1, Long.MIN_VALUE + 5}) {
            cases.add(Case.of("length-" + Long.toHexString(length)).fails(Sent.head(FIN | BINARY, length), Place.THIRD_BYTE,
                    PROTOCOL_ERROR));
        }
        return cases.stream();
    }

    // ------------------------------------------------------------------ limits

    static Stream<Case> limits(int maxMessageSize, int maxFragments) {
        byte[] largest = Frames.payload(maxMessageSize);
        byte[] half = Frames.payload(maxMessageSize / 2);
        Sent[] fragments = IntStream.range(0, maxFragments).mapToObj(i -> Sent.frame(i == 0 ? BINARY : CONTINUATION)).toArray(Sent[]::new);
        Sent[] allowed = fragments.clone();
        allowed[maxFragments - 1] = Sent.frame(FIN | CONTINUATION);
        return Stream.of(
                Case.of("largest").echo(BINARY, largest).closes(),
                Case.of("largest-in-two").send(Sent.frame(BINARY, half), Sent.frame(FIN | CONTINUATION, half))
                        .expect(Frame.binary(Frames.join(half, half))).closes(),
                Case.of("one-more-head-only").fails(Sent.head(FIN | BINARY, maxMessageSize + 1), Place.LENGTH, TOO_BIG),
                Case.of("one-more-really-sent").fails(Sent.binary(Frames.payload(maxMessageSize + 1)), Place.LENGTH, TOO_BIG),
                Case.of("four-gigabytes").fails(Sent.head(FIN | BINARY, 1L << 32), Place.LENGTH, TOO_BIG),
                Case.of("four-gigabytes-and-five").fails(Sent.head(FIN | BINARY, (1L << 32) + 5), Place.LENGTH, TOO_BIG),
                Case.of("longest-length").fails(Sent.head(FIN | TEXT, Long.MAX_VALUE), Place.LENGTH, TOO_BIG),
                Case.of("too-big-together").send(Sent.frame(BINARY, half), Sent.frame(CONTINUATION, half)).probe()
                        .fails(Sent.head(CONTINUATION, 1), Place.LENGTH, TOO_BIG),
                Case.of("longest-length-after-a-fragment").send(Sent.frame(BINARY, half)).probe()
                        .fails(Sent.head(CONTINUATION, Long.MAX_VALUE), Place.LENGTH, TOO_BIG),
                Case.of("as-many-fragments-as-allowed").send(allowed).expect(Frame.binary(NOTHING)).closes(),
                Case.of("one-fragment-too-many").send(fragments).probe()
                        .fails(Sent.frame(FIN | CONTINUATION), Place.FIRST_BYTE, POLICY_VIOLATION));
    }
}
