package io.neurolink.engine.socket;

import static io.neurolink.engine.socket.Frames.CLOSE;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.TEXT;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Conformance cases about the closing handshake begun by the client. The server always answers, and closes the TCP connection first. */
final class CloseCases {
    private static final byte[] NOTHING = new byte[0];
    private static final int PROTOCOL_ERROR = 1002;
    private static final int INVALID_PAYLOAD = 1007;

    private static final int[] VALID_CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999,
        4000, 4401, 4998, 4999};
    private static final int[] INVALID_CODES = {0, 1, 255, 256, 500, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2500, 2999,
        5000, 5001, 9999, 32_767, 32_768, 65_534, 65_535};

    private CloseCases() {
    }

    static Stream<Conversation> all() {
        List<Conversation> cases = new ArrayList<>();
        for (int chop : new int[] {Integer.MAX_VALUE, 1}) {
            String pieces = chop == 1 ? ", byte by byte" : "";
            addCodes(cases, chop, pieces);
            addBodies(cases, chop, pieces);
        }
        addBehaviour(cases);
        return cases.stream();
    }

    private static void addCodes(List<Conversation> cases, int chop, String pieces) {
        for (int code : VALID_CODES) {
            cases.add(Conversation.of("close " + code + pieces).chopped(chop).send(Frames.close(code, "")).endsWith(code, ""));
            cases.add(Conversation.of("close " + code + " with a reason" + pieces).chopped(chop).send(Frames.close(code, "reason µ€😀"))
                    .endsWith(code, "reason µ€😀"));
        }
        for (int code : INVALID_CODES) {
            cases.add(Conversation.of("close " + code + pieces).chopped(chop).send(Frames.close(code, "")).endsWith(PROTOCOL_ERROR));
            cases.add(Conversation.of("close " + code + " with a reason" + pieces).chopped(chop).send(Frames.close(code, "reason"))
                    .endsWith(PROTOCOL_ERROR));
        }
    }

    private static void addBodies(List<Conversation> cases, int chop, String pieces) {
        String longest = Frames.textOfBytes(123);
        cases.add(Conversation.of("close without a body" + pieces).chopped(chop).send(Frames.close()).endsWithoutCode());
        cases.add(Conversation.of("close with a body of one byte" + pieces).chopped(chop).send(Frames.close((byte) 3))
                .endsWith(PROTOCOL_ERROR));
        cases.add(Conversation.of("close with a reason of 123 bytes" + pieces).chopped(chop).send(Frames.close(1000, longest))
                .endsWith(1000, longest));
        cases.add(Conversation.of("close with a reason of 124 bytes" + pieces).chopped(chop).send(Frames.close(1000, longest + "x"))
                .endsWith(PROTOCOL_ERROR));
        for (String hex : List.of("80", "c2", "eda080", "f4908080", "cebae1bdb9cf83cebcceb5eda080656469746564", "61f09f98")) {
            byte[] body = Frames.join(Frames.closeBody(1000, ""), Utf8Cases.bytes(hex));
            cases.add(Conversation.of("close with the reason " + hex + pieces).chopped(chop).send(Frames.close(body))
                    .endsWith(INVALID_PAYLOAD));
        }
    }

    private static void addBehaviour(List<Conversation> cases) {
        byte[] close = Frames.close(1000, "done");
        cases.add(Conversation.of("echo, then close").send(Frames.text("x")).expect(Frame.text("x")).send(close).endsWith(1000, "done"));
        cases.add(Conversation.of("close twice").send(close, Frames.close(1001, "again")).endsWith(1000, "done"));
        cases.add(Conversation.of("ping after close").send(close, Frames.ping(Frames.payload(4))).endsWith(1000, "done"));
        cases.add(Conversation.of("text after close").send(close, Frames.text("too late")).endsWith(1000, "done"));
        cases.add(Conversation.of("256 KiB after close").send(close, Frames.binary(Frames.payload(256 * 1024))).endsWith(1000, "done"));
        cases.add(Conversation.of("rubbish after close").send(close, Frames.payload(5000)).endsWith(1000, "done"));
        cases.add(Conversation.of("close within a message").send(Frames.of(TEXT, NOTHING), close, Frames.of(FIN | CONTINUATION, NOTHING))
                .endsWith(1000, "done"));
        cases.add(Conversation.of("256 KiB, then close").send(Frames.binary(Frames.payload(256 * 1024)))
                .expect(Frame.binary(Frames.payload(256 * 1024))).send(close).endsWith(1000, "done"));
        cases.add(Conversation.of("a body of one byte, known from its head").send(Frames.head(FIN | CLOSE, 1)).endsWith(PROTOCOL_ERROR));
        cases.add(Conversation.of("a body of 126, known from its head").send(Frames.head(FIN | CLOSE, 126)).endsWith(PROTOCOL_ERROR));
        cases.add(Conversation.of("a wrong code of which the reason is still to come")
                .send(Frames.head(FIN | CLOSE, 50), Frames.masked(Frames.closeBody(1005, ""))).endsWith(PROTOCOL_ERROR));
        cases.add(Conversation.of("a wrong reason of which the rest is still to come")
                .send(Frames.head(FIN | CLOSE, 50), Frames.masked(Frames.join(Frames.closeBody(1000, ""), Utf8Cases.bytes("ff"))))
                .endsWith(INVALID_PAYLOAD));
        cases.add(Conversation.of("pong, then close").send(Frames.pong(NOTHING), close).endsWith(1000, "done"));
    }
}
