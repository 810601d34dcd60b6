package io.neurolink.engine.socket;

import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CLOSE;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.PING;
import static io.neurolink.engine.socket.Frames.PONG;
import static io.neurolink.engine.socket.Frames.TEXT;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Conformance cases about fragmented messages: every order of frames, judged by a small model, and pieces of many sizes. */
final class FragmentCases {
    private static final int PROTOCOL_ERROR = 1002;
    private static final int LONGEST_ORDER = 4;

    /** A first byte for each letter: upper case is final. */
    private enum Kind {
        T(FIN | TEXT), t(TEXT), B(FIN | BINARY), b(BINARY), C(FIN | CONTINUATION), c(CONTINUATION), P(FIN | PING), O(FIN | PONG);

        private final int firstByte;

        Kind(int firstByte) {
            this.firstByte = firstByte;
        }
    }

    private FragmentCases() {
    }

    /** All orders of up to three frames, and those of four that begin a message; each ends at the first frame that is wrong. */
    static Stream<Conversation> orders() {
        List<Conversation> cases = new ArrayList<>();
        extend("", cases);
        return cases.stream();
    }

    private static void extend(String order, List<Conversation> cases) {
        for (Kind kind : Kind.values()) {
            String longer = order + kind;
            boolean isRight = addOrder(longer, cases);
            boolean mayGrow = longer.length() < LONGEST_ORDER - 1 || longer.length() < LONGEST_ORDER && isOpen(longer);
            if (isRight && mayGrow) {
                extend(longer, cases);
            }
        }
    }

    private static boolean isOpen(String order) {
        String data = order.replaceAll("[PO]", "");
        return !data.isEmpty() && Character.isLowerCase(data.charAt(data.length() - 1));
    }

    /** The model: what is open, what it holds, what comes back. */
    private static boolean addOrder(String order, List<Conversation> cases) {
        Conversation conversation = Conversation.of("order " + order);
        String open = "";
        boolean isText = false;
        for (int i = 0; i < order.length(); i++) {
            Kind kind = Kind.valueOf(order.substring(i, i + 1));
            String piece = "piece-" + i;
            byte[] payload = piece.getBytes(StandardCharsets.UTF_8);
            conversation.send(Frames.of(kind.firstByte, payload));
            boolean isControl = kind == Kind.P || kind == Kind.O;
            boolean isContinuation = kind == Kind.C || kind == Kind.c;
            if (!isControl && isContinuation == open.isEmpty()) {
                cases.add(conversation.endsWith(PROTOCOL_ERROR));
                return false;
            }
            if (kind == Kind.P) {
                conversation.expect(Frame.pong(payload));
            }
            if (!isControl) {
                isText = isContinuation ? isText : kind == Kind.T || kind == Kind.t;
                open += piece;
            }
            if (!isControl && Character.isUpperCase(kind.name().charAt(0))) {
                conversation.expect(isText ? Frame.text(open) : Frame.binary(open.getBytes(StandardCharsets.UTF_8)));
                open = "";
            }
        }
        cases.add(conversation.closes());
        return true;
    }

    static Stream<Conversation> fragments() {
        List<Conversation> cases = new ArrayList<>();
        for (int chop : new int[] {Integer.MAX_VALUE, 1, 5}) {
            for (int[] sizes : new int[][] {{1, 1}, {0, 0}, {0, 5}, {5, 0}, {0, 0, 0, 7, 0, 0}, {125, 126, 127}, {1, 125, 1, 126, 1}}) {
                cases.add(fragmented(TEXT, sizes, chop, false));
                cases.add(fragmented(BINARY, sizes, chop, true));
            }
        }
        cases.add(fragmented(TEXT, new int[] {65_536, 65_535, 1, 0, 70_000}, Integer.MAX_VALUE, true));
        cases.add(fragmented(BINARY, new int[] {1, 100_000, 1, 100_000}, 4096, true));
        cases.add(fragmented(TEXT, new int[] {30_000, 30_000, 30_000}, 997, false));
        for (int opcode : new int[] {PING, PONG, CLOSE}) {
            byte[] payload = opcode == CLOSE ? Frames.closeBody(1000, "") : Frames.payload(3);
            cases.add(Conversation.of("fragmented control frame " + opcode).send(Frames.of(opcode, payload)).endsWith(PROTOCOL_ERROR));
            cases.add(Conversation.of("fragmented control frame " + opcode + ", by its first byte").send(new byte[] {(byte) opcode})
                    .endsWith(PROTOCOL_ERROR));
            cases.add(Conversation.of("fragmented control frame " + opcode + " within a message").send(Frames.of(TEXT, Frames.payload(0)))
                    .probe().send(Frames.of(opcode, payload)).endsWith(PROTOCOL_ERROR));
        }
        return cases.stream();
    }

    private static Conversation fragmented(int opcode, int[] sizes, int chop, boolean hasPings) {
        Conversation conversation = Conversation.of((opcode == TEXT ? "text" : "binary") + " in fragments of " + sizes.length + " from "
                + sizes[0] + (chop == Integer.MAX_VALUE ? "" : ", in pieces of " + chop) + (hasPings ? ", pings between" : ""));
        conversation.chopped(chop);
        byte[] whole = new byte[0];
        for (int i = 0; i < sizes.length; i++) {
            byte[] payload = opcode == TEXT ? Frames.textOfBytes(sizes[i]).getBytes(StandardCharsets.UTF_8) : Frames.payload(sizes[i]);
            int fin = i == sizes.length - 1 ? FIN : 0;
            conversation.send(Frames.of(fin | (i == 0 ? opcode : CONTINUATION), payload));
            whole = Frames.join(whole, payload);
            if (hasPings && fin == 0) {
                conversation.probe();
            }
        }
        return conversation.expect(new Frame(opcode, whole)).closes();
    }
}
