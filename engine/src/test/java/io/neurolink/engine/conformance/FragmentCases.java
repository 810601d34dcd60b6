package io.neurolink.engine.conformance;

import static io.neurolink.engine.conformance.FramingCases.WHOLE;
import static io.neurolink.engine.conformance.FramingCases.by;
import static io.neurolink.engine.conformance.FramingCases.name;
import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CLOSE;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.PING;
import static io.neurolink.engine.socket.Frames.PONG;
import static io.neurolink.engine.socket.Frames.TEXT;

import io.neurolink.engine.socket.Frame;
import io.neurolink.engine.socket.Frames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Group 5: every order of frames, judged by a small model, and fragments of many sizes. */
final class FragmentCases {
    private static final int PROTOCOL_ERROR = 1002;
    private static final int LONGEST_ORDER = 4;

    /** A first byte for each letter: upper case is final. */
    private enum Kind {
        T(FIN | TEXT), t(TEXT), B(FIN | BINARY), b(BINARY), C(FIN | CONTINUATION), c(CONTINUATION), P(FIN | PING), O(FIN | PONG),
        p(PING), o(PONG), x(CLOSE);

        private final int firstByte;

        Kind(int firstByte) {
            this.firstByte = firstByte;
        }

        boolean isControl() {
            return (firstByte & 0x08) != 0;
        }

        boolean isContinuation() {
            return (firstByte & 0x0F) == CONTINUATION;
        }

        boolean isFinal() {
            return (firstByte & FIN) != 0;
        }
    }

    private FragmentCases() {
    }

    /** All orders of up to three frames, and those of four within a message; each ends at the first frame that is wrong. */
    static Stream<Case> orders() {
        List<Case> cases = new ArrayList<>();
        extend(List.of(), cases);
        return cases.stream();
    }

    private static void extend(List<Kind> order, List<Case> cases) {
        for (Kind kind : Kind.values()) {
            List<Kind> longer = new ArrayList<>(order);
            longer.add(kind);
            boolean isRight = addOrder(longer, WHOLE, cases);
            addOrder(longer, 2, cases);
            if (isRight && (longer.size() < LONGEST_ORDER - 1 || longer.size() < LONGEST_ORDER && isOpen(longer))) {
                extend(longer, cases);
            }
        }
    }

    private static boolean isOpen(List<Kind> order) {
        List<Kind> data = order.stream().filter(kind -> !kind.isControl()).toList();
        return !data.isEmpty() && !data.get(data.size() - 1).isFinal();
    }

    /** The model: what is open, what it holds, what comes back. @return whether nothing in it was wrong. */
    private static boolean addOrder(List<Kind> order, int chop, List<Case> cases) {
        Case made = Case.of("order-" + order.toString().replaceAll("[^A-Za-z]", "") + by(chop)).chopped(chop);
        StringBuilder open = null;
        boolean isText = false;
        for (int i = 0; i < order.size(); i++) {
            Kind kind = order.get(i);
            String piece = "piece-" + i;
            Sent frame = Sent.frame(kind.firstByte, piece);
            if (kind.isControl() ? !kind.isFinal() : kind.isContinuation() == (open == null)) {
                cases.add(made.fails(frame, Place.FIRST_BYTE, PROTOCOL_ERROR));
                return false;
            }
            made.send(frame);
            if (kind == Kind.P) {
                made.expect(Frame.pong(frame.payload()));
            } else if (!kind.isControl()) {
                isText = kind.isContinuation() ? isText : (kind.firstByte & 0x0F) == TEXT;
                open = (open == null ? new StringBuilder() : open).append(piece);
                if (kind.isFinal()) {
                    made.expect(isText ? Frame.text(open.toString()) : Frame.binary(open.toString().getBytes(StandardCharsets.UTF_8)));
                    open = null;
                }
            }
        }
        cases.add(made.closes());
        return true;
    }

    static Stream<Case> fragments() {
        List<Case> cases = new ArrayList<>();
        for (int chop : new int[] {WHOLE, 1, 5, 997}) {
            for (int[] sizes : new int[][] {{1, 1}, {0, 0}, {0, 5}, {5, 0}, {0, 0, 0, 7, 0, 0}, {125, 126, 127}, {1, 125, 1, 126, 1}}) {
                for (boolean hasPings : new boolean[] {false, true}) {
                    cases.add(fragmented(TEXT, sizes, chop, hasPings));
                    cases.add(fragmented(BINARY, sizes, chop, hasPings));
                }
            }
        }
        for (int count = 2; count <= 10; count++) {
            int[] sizes = new int[count];
            Arrays.setAll(sizes, i -> 3 + i);
            cases.add(fragmented(TEXT, sizes, WHOLE, true));
            cases.add(fragmented(TEXT, sizes, 4, true));
        }
        cases.add(fragmented(TEXT, new int[] {65_536, 65_535, 1, 0, 70_000}, WHOLE, true));
        cases.add(fragmented(BINARY, new int[] {1, 100_000, 1, 100_000}, 4096, true));
        cases.add(fragmented(TEXT, new int[] {30_000, 30_000, 30_000}, 997, false));
        for (int opcode : new int[] {PING, PONG, CLOSE}) {
            Sent wrong = Sent.frame(opcode, opcode == CLOSE ? Frames.closeBody(1000, "") : Frames.payload(3));
            for (int chop : new int[] {WHOLE, 1}) {
                cases.add(Case.of("two-fragments-of-" + name(opcode) + by(chop)).chopped(chop)
                        .fails(wrong, Place.FIRST_BYTE, PROTOCOL_ERROR).send(Sent.frame(FIN | CONTINUATION, Frames.payload(3))));
                cases.add(Case.of("fragment-of-" + name(opcode) + "-within-a-message" + by(chop)).chopped(chop)
                        .send(Sent.frame(TEXT)).probe().fails(wrong, Place.FIRST_BYTE, PROTOCOL_ERROR));
            }
        }
        addTwoMessages(cases);
        return cases.stream();
    }

    /** A message in fragments, pings within, then another; and the end that a stray continuation makes of a good beginning. */
    private static void addTwoMessages(List<Case> cases) {
        Sent stray = Sent.frame(FIN | CONTINUATION, Frames.payload(4));
        for (int chop : new int[] {WHOLE, 1, 997}) {
            cases.add(twoMessages("two-messages-with-pings" + by(chop), chop).closes());
            cases.add(twoMessages("stray-continuation-after-two-messages" + by(chop), chop).fails(stray, Place.FIRST_BYTE, PROTOCOL_ERROR));
        }
    }

    private static Case twoMessages(String name, int chop) {
        Case two = Case.of(name).chopped(chop);
        for (int i = 0; i < 2; i++) {
            two.send(Sent.frame(TEXT, "ab")).probe().send(Sent.frame(CONTINUATION, "c")).probe()
                    .send(Sent.frame(FIN | CONTINUATION, "d" + i)).expect(Frame.text("abcd" + i));
        }
        return two;
    }

    private static Case fragmented(int opcode, int[] sizes, int chop, boolean hasPings) {
        Case made = Case.of(name(opcode) + "-in-fragments-of" + Arrays.toString(sizes).replaceAll("[^0-9]+", "-") + by(chop)
                + (hasPings ? "-with-pings" : "")).chopped(chop);
        byte[] whole = new byte[0];
        for (int i = 0; i < sizes.length; i++) {
            byte[] payload = FramingCases.payload(opcode, sizes[i]);
            int fin = i == sizes.length - 1 ? FIN : 0;
            made.send(Sent.frame(fin | (i == 0 ? opcode : CONTINUATION), payload));
            whole = Frames.join(whole, payload);
            if (hasPings && fin == 0) {
                made.probe();
            }
        }
        return made.expect(new Frame(opcode, whole)).closes();
    }
}
