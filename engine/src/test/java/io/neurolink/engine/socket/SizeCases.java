package io.neurolink.engine.socket;

import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.TEXT;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Conformance cases about large messages, messages in many fragments or pieces, and many messages. */
final class SizeCases {
    static final int LARGEST = 16 * 1024 * 1024;

    private static final int MIB = 1024 * 1024;
    private static final int[] WHOLE = {64 * 1024, 256 * 1024, MIB, 4 * MIB, 8 * MIB, LARGEST};
    private static final int[] FRAGMENTS = {64, 256, 1024, 1300, 4096, 16 * 1024, 64 * 1024, 256 * 1024, MIB};
    private static final int[] CHOPS = {64, 128, 256, 512, 1024, 2048};
    private static final int[] MANY = {0, 16, 64, 256, 1024, 4096, 16 * 1024};
    private static final int MANY_COUNT = 500;

    private SizeCases() {
    }

    static Stream<Conversation> all() {
        List<Conversation> cases = new ArrayList<>();
        for (int opcode : new int[] {TEXT, BINARY}) {
            for (int size : WHOLE) {
                cases.add(Conversation.of(name(opcode) + " of " + size).send(Frames.of(FIN | opcode, payload(opcode, size)))
                        .expect(new Frame(opcode, payload(opcode, size))).closes());
            }
            for (int fragment : FRAGMENTS) {
                int size = fragment < 1024 ? 256 * 1024 : 4 * MIB;
                byte[] frames = fragmented(opcode, payload(opcode, size), fragment);
                cases.add(Conversation.of(name(opcode) + " of " + size + " in fragments of " + fragment).send(frames)
                        .expect(new Frame(opcode, payload(opcode, size))).closes());
            }
            for (int chop : CHOPS) {
                int size = chop < 512 ? 256 * 1024 : MIB;
                cases.add(Conversation.of(name(opcode) + " of " + size + " in pieces of " + chop).chopped(chop)
                        .send(Frames.of(FIN | opcode, payload(opcode, size))).expect(new Frame(opcode, payload(opcode, size))).closes());
            }
            for (int size : MANY) {
                cases.add(many(opcode, size));
            }
        }
        return cases.stream();
    }

    private static String name(int opcode) {
        return opcode == TEXT ? "text" : "binary";
    }

    private static byte[] payload(int opcode, int size) {
        return opcode == BINARY ? Frames.payload(size) : Frames.textOfBytes(size).getBytes(StandardCharsets.UTF_8);
    }

    /** A character may well begin in one fragment and end in the next. */
    private static byte[] fragmented(int opcode, byte[] payload, int fragment) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int from = 0; from < payload.length; from += fragment) {
            int to = Math.min(payload.length, from + fragment);
            int fin = to == payload.length ? FIN : 0;
            frames.writeBytes(Frames.of(fin | (from == 0 ? opcode : CONTINUATION), Arrays.copyOfRange(payload, from, to)));
        }
        return frames.toByteArray();
    }

    private static Conversation many(int opcode, int size) {
        Conversation conversation = Conversation.of(MANY_COUNT + " times " + name(opcode) + " of " + size);
        byte[] frame = Frames.of(FIN | opcode, payload(opcode, size));
        Frame echo = new Frame(opcode, payload(opcode, size));
        for (int i = 0; i < MANY_COUNT; i++) {
            conversation.send(frame).expect(echo);
        }
        return conversation.closes();
    }
}
