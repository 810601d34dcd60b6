package io.neurolink.engine.socket;

import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.TEXT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Conformance cases about text: what is UTF-8 and what is not, whole, in fragments and in pieces, refused at the first wrong byte. */
final class Utf8Cases {
    private static final int INVALID = 1007;

    /** Valid texts: the edges of every range, noncharacters, mixtures. */
    static final List<String> VALID = List.of(
            "", "00", "7f", "c280", "dfbf", "e0a080", "e18080", "ecbfbf", "ed8080", "ed9fbf", "ee8080", "efbfbf", "f0908080", "f1808080",
            "f3bfbfbf", "f48fbfbf", "efbfbe", "efbfbd", "f09fbfbf", "f48fbfbe", "efbbbf", "cebae1bdb9cf83cebcceb5",
            "48656c6c6fc2b540c39fc3b6", "e282ac", "f09f9880", "f09f98806162f09f9880", "61c2b5e282acf09f988062", "ceba", "e28098e28099",
            "d7a9d79cd795d79d");

    /** What no text holds: lone and missing continuations, overlong forms, surrogates, beyond U+10FFFF, impossible bytes. */
    static final List<String> INVALID_TEXTS = List.of(
            "80", "bf", "8080", "80bf80bf", "c0", "c1", "c080", "c0af", "c1bf", "e08080", "e080af", "e09fbf", "f0808080", "f08080af",
            "f08fbfbf", "f8888080", "f88080808080", "fc8080808080", "fe", "ff", "fefeffff", "eda080", "edadbf", "edae80", "edafbf",
            "edb080",
            "edbe80", "edbfbf", "eda080edb080", "edafbfedbfbf", "f4908080", "f5808080", "f7bfbfbf", "c2", "df", "e0a0", "efbf", "f09080",
            "f48fbf", "c220", "df7f", "e0a020", "efbf7f", "f0908020", "f48fbf7f", "c2c2", "e0e0a080", "f0f0908080", "61c2", "61e282",
            "61f09f98", "cebae1bdb9cf83cebcceb5eda080656469746564", "cebae1bdb9cf83cebcceb5f4908080656469746564", "48656c6c6f80",
            "48656c6c6fe28280c3", "e282ac80", "f09f988080", "c3b6ff");

    private Utf8Cases() {
    }

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    static Stream<Conversation> valid() {
        List<Conversation> cases = new ArrayList<>();
        for (String hex : VALID) {
            byte[] text = bytes(hex);
            Frame echo = new Frame(TEXT, text);
            cases.add(Conversation.of("valid " + hex).send(Frames.of(FIN | TEXT, text)).expect(echo).closes());
            cases.add(Conversation.of("valid " + hex + ", byte by byte").chopped(1).send(Frames.of(FIN | TEXT, text)).expect(echo)
                    .closes());
            cases.add(Conversation.of("valid " + hex + ", a fragment for each byte").send(fragmentForEachByte(text, text.length))
                    .send(Frames.of(FIN | CONTINUATION, new byte[0])).expect(echo).closes());
        }
        return cases.stream();
    }

    /** The first {@code count} bytes, all in fragments that are not the last. */
    private static byte[] fragmentForEachByte(byte[] text, int count) {
        byte[] frames = count == 0 ? Frames.of(TEXT, new byte[0]) : new byte[0];
        for (int i = 0; i < count; i++) {
            frames = Frames.join(frames, Frames.of(i == 0 ? TEXT : CONTINUATION, new byte[] {text[i]}));
        }
        return frames;
    }

    static Stream<Conversation> invalid() {
        List<Conversation> cases = new ArrayList<>();
        for (String hex : INVALID_TEXTS) {
            byte[] text = bytes(hex);
            cases.add(Conversation.of("invalid " + hex).send(Frames.of(FIN | TEXT, text)).endsWith(INVALID));
            cases.add(Conversation.of("invalid " + hex + ", byte by byte").chopped(1).send(Frames.of(FIN | TEXT, text)).endsWith(INVALID));
            int wrong = Utf8Model.firstWrong(text);
            if (wrong >= 0) {
                cases.add(failingFast(hex, text, wrong));
                cases.add(failingFastInFragments(hex, text, wrong));
            } else {
                cases.add(Conversation.of("incomplete " + hex + " in a fragment for each byte").send(fragmentForEachByte(text, text.length))
                        .probe().send(Frames.of(FIN | CONTINUATION, new byte[0])).endsWith(INVALID));
            }
        }
        return cases.stream();
    }

    /** Of a frame that announces much more, no more is sent than the first wrong byte. */
    private static Conversation failingFast(String hex, byte[] text, int wrong) {
        byte[] head = Frames.head(FIN | TEXT, 1000);
        byte[] shown = Frames.masked(Arrays.copyOf(text, wrong + 1));
        return Conversation.of("invalid " + hex + ", refused at byte " + wrong).send(head, shown).endsWith(INVALID);
    }

    /** Every byte before the wrong one is fine in fragments; the wrong one is refused without waiting for the last. */
    private static Conversation failingFastInFragments(String hex, byte[] text, int wrong) {
        return Conversation.of("invalid " + hex + " in fragments, refused at byte " + wrong)
                .send(fragmentForEachByte(text, wrong)).probe()
                .send(Frames.of(CONTINUATION, new byte[] {text[wrong]})).endsWith(INVALID);
    }

    /** What a binary message holds is nobody's business. */
    static Stream<Conversation> binary() {
        return INVALID_TEXTS.stream().map(hex -> Conversation.of("binary " + hex).send(Frames.binary(bytes(hex)))
                .expect(Frame.binary(bytes(hex))).closes());
    }
}
