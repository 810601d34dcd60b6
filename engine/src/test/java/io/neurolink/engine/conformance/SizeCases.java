package io.neurolink.engine.conformance;

import static io.neurolink.engine.conformance.FramingCases.by;
import static io.neurolink.engine.conformance.FramingCases.name;
import static io.neurolink.engine.conformance.FramingCases.payload;
import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.TEXT;

import io.neurolink.engine.socket.Frame;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Groups 9 and 10: large messages, many fragments, small pieces, many messages. Made one after the other, for they are large. */
final class SizeCases {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * 1024;
    private static final int[] OPCODES = {TEXT, BINARY};

    private SizeCases() {
    }

    private interface Maker {
        Case make(int opcode, int value);
    }

    private static Stream<Case> each(int[] values, Maker maker) {
        return Arrays.stream(OPCODES).boxed().flatMap(opcode -> Arrays.stream(values).mapToObj(value -> maker.make(opcode, value)));
    }

    /** What takes a fraction of a second. */
    static Stream<Case> large() {
        return Stream.of(
                each(new int[] {64 * KIB, 256 * KIB, MIB}, SizeCases::whole),
                each(new int[] {64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB},
                        (opcode, fragment) -> fragmented(opcode, fragment < KIB ? 256 * KIB : MIB, fragment)),
                each(new int[] {64, 128, 256, 512, KIB, 2 * KIB}, (opcode, chop) -> chopped(opcode, 256 * KIB, chop)),
                each(new int[] {0, 16, 64, 256, KIB}, (opcode, size) -> many(opcode, size, 1000)),
                each(new int[] {4 * KIB, 16 * KIB}, (opcode, size) -> many(opcode, size, 200)),
                each(new int[] {64 * KIB}, (opcode, size) -> many(opcode, size, 50)))
                .flatMap(cases -> cases);
    }

    /** The full sizes, for one run in one way. */
    static Stream<Case> largest() {
        return Stream.of(
                each(new int[] {4 * MIB, 8 * MIB, 16 * MIB}, SizeCases::whole),
                each(new int[] {64, 256, KIB, 4 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB},
                        (opcode, fragment) -> fragmented(opcode, 4 * MIB, fragment)),
                each(new int[] {64, 128, 256, 512, KIB, 2 * KIB}, (opcode, chop) -> chopped(opcode, MIB, chop)),
                each(new int[] {0, 64, 16 * KIB}, (opcode, size) -> many(opcode, size, 2000)))
                .flatMap(cases -> cases);
    }

    /** A message that its sender cuts into frames of one size. */
    static Stream<Case> cutIntoFrames() {
        return IntStream.of(1, 64, 127, 997, 1300, 16_384).boxed().flatMap(
                fragment -> Arrays.stream(OPCODES).mapToObj(opcode -> fragmented(opcode, fragment == 1 ? 2000 : 64 * KIB, fragment)));
    }

    private static Case whole(int opcode, int size) {
        return Case.of(name(opcode) + "-" + size).echo(opcode, payload(opcode, size)).closes();
    }

    private static Case chopped(int opcode, int size, int chop) {
        return Case.of(name(opcode) + "-" + size + by(chop)).chopped(chop).echo(opcode, payload(opcode, size)).closes();
    }

    /** A character may well begin in one fragment and end in the next. */
    private static Case fragmented(int opcode, int size, int fragment) {
        byte[] payload = payload(opcode, size);
        Case made = Case.of(name(opcode) + "-" + size + "-in-fragments-of-" + fragment);
        for (int from = 0; from < size; from += fragment) {
            int to = Math.min(size, from + fragment);
            made.send(Sent.frame((to == size ? FIN : 0) | (from == 0 ? opcode : CONTINUATION), Arrays.copyOfRange(payload, from, to)));
        }
        return made.expect(new Frame(opcode, payload)).closes();
    }

    private static Case many(int opcode, int size, int count) {
        Case made = Case.of(name(opcode) + "-" + size + "-" + count + "-times");
        byte[] payload = payload(opcode, size);
        for (int i = 0; i < count; i++) {
            made.echo(opcode, payload);
        }
        return made.closes();
    }
}
