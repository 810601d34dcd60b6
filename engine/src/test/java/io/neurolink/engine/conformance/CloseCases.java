package io.neurolink.engine.conformance;

import static io.neurolink.engine.conformance.FramingCases.WHOLE;
import static io.neurolink.engine.conformance.FramingCases.by;
import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CLOSE;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.TEXT;

import io.neurolink.engine.socket.Frames;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Group 7: the closing handshake begun by the peer. It is always answered, and whatever comes after it is not looked at. */
final class CloseCases {
    private static final int PROTOCOL_ERROR = 1002;
    private static final int INVALID_PAYLOAD = 1007;
    private static final int LARGE = 256 * 1024;

    private static final int[] VALID_CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3333,
        3999, 4000, 4401, 4998, 4999};
    private static final int[] INVALID_CODES = {0, 1, 255, 256, 500, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2500, 2999,
        5000, 5001, 9999, 32_767, 32_768, 65_534, 65_535};

    private CloseCases() {
    }

    static Stream<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (int chop : new int[] {WHOLE, 1}) {
            addCodes(cases, chop);
            addBodies(cases, chop);
        }
        addReasons(cases);
        addWhatIsAround(cases);
        return cases.stream();
    }

    private static void addCodes(List<Case> cases, int chop) {
        for (int code : VALID_CODES) {
            cases.add(Case.of("code-" + code + by(chop)).chopped(chop).closes(Sent.close(code, "")));
            cases.add(Case.of("code-" + code + "-with-reason" + by(chop)).chopped(chop).closes(Sent.close(code, "reason µ€😀")));
        }
        for (int code : INVALID_CODES) {
            cases.add(Case.of("code-" + code + by(chop)).chopped(chop).failsInPayload(Sent.close(code, ""), 1, PROTOCOL_ERROR));
            cases.add(Case.of("code-" + code + "-with-reason" + by(chop)).chopped(chop)
                    .failsInPayload(Sent.close(code, "reason"), 1, PROTOCOL_ERROR));
        }
    }

    private static void addBodies(List<Case> cases, int chop) {
        cases.add(Case.of("no-body" + by(chop)).chopped(chop).closes(Sent.close()));
        cases.add(Case.of("body-of-1" + by(chop)).chopped(chop).fails(Sent.close((byte) 3), Place.SECOND_BYTE, PROTOCOL_ERROR));
        for (int reason : new int[] {1, 122, 123}) {
            cases.add(Case.of("body-of-" + (2 + reason) + by(chop)).chopped(chop).closes(Sent.close(1000, Frames.textOfBytes(reason))));
        }
        for (int reason : new int[] {124, 125, 126, 65_534}) {
            cases.add(Case.of("body-of-" + (2 + reason) + by(chop)).chopped(chop)
                    .fails(Sent.close(1000, Frames.textOfBytes(reason)), Place.SECOND_BYTE, PROTOCOL_ERROR));
        }
        cases.add(Case.of("body-of-1-head-only" + by(chop)).chopped(chop).fails(Sent.head(FIN | CLOSE, 1), Place.SECOND_BYTE,
                PROTOCOL_ERROR));
        cases.add(Case.of("body-of-126-head-only" + by(chop)).chopped(chop).fails(Sent.head(FIN | CLOSE, 126), Place.SECOND_BYTE,
                PROTOCOL_ERROR));
    }

    /** The reason is text, and refused where it stops being that. */
    private static void addReasons(List<Case> cases) {
        for (String hex : Utf8Cases.INVALID) {
            byte[] text = HexFormat.of().parseHex(hex);
            Sent close = Sent.close(Frames.join(Frames.closeBody(1000, ""), text));
            int wrong = Utf8Model.firstWrong(text);
            if (text.length > 123) {
                continue;
            }
            if (wrong < 0) {
                cases.add(Case.of("reason-" + hex).fails(close, Place.END, INVALID_PAYLOAD));
            } else {
                cases.add(Case.of("reason-" + hex).failsInPayload(close, 2 + wrong, INVALID_PAYLOAD));
                cases.add(Case.of("reason-" + hex + "-of-which-more-is-to-come")
                        .failsInPayload(close.announcing(125), 2 + wrong, INVALID_PAYLOAD));
            }
        }
        for (String hex : Utf8Cases.VALID) {
            byte[] text = HexFormat.of().parseHex(hex);
            if (text.length <= 123) {
                cases.add(Case.of("reason-" + hex).closes(Sent.close(Frames.join(Frames.closeBody(4999, ""), text))));
            }
        }
        cases.add(Case.of("wrong-code-of-which-the-reason-is-to-come")
                .failsInPayload(Sent.close(Frames.closeBody(1005, "")).announcing(50), 1, PROTOCOL_ERROR));
    }

    private static void addWhatIsAround(List<Case> cases) {
        Sent close = Sent.close(1000, "done");
        cases.add(Case.of("echo-then-close").echo("x").closes(close));
        cases.add(Case.of("twice").closes(close).send(Sent.close(1001, "again")));
        cases.add(Case.of("then-a-wrong-one").closes(close).send(Sent.close(1005, "")));
        cases.add(Case.of("then-ping").closes(close).send(Sent.ping(Frames.payload(4))));
        cases.add(Case.of("then-text").closes(close).send(Sent.text("too late")));
        cases.add(Case.of("then-much").closes(close).send(Sent.binary(Frames.payload(LARGE))));
        cases.add(Case.of("then-rubbish").closes(close).send(Sent.frame(0x73, Frames.payload(5000))));
        cases.add(Case.of("within-a-message").send(Sent.frame(TEXT)).closes(close).send(Sent.frame(FIN | CONTINUATION)));
        cases.add(Case.of("within-a-message-that-has-begun").send(Sent.frame(TEXT, "half")).probe()
                .closes(close).send(Sent.frame(FIN | CONTINUATION)));
        cases.add(Case.of("within-a-character").send(Sent.frame(TEXT, (byte) 0xE2, (byte) 0x82)).probe().closes(close));
        cases.add(Case.of("after-much").echo(BINARY, Frames.payload(LARGE)).closes(close));
        cases.add(Case.of("after-pong").send(Sent.pong()).closes(close));
        cases.add(Case.of("after-ping").probe().closes(close));
    }
}
