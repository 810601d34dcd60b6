package io.neurolink.engine.conformance;

import static io.neurolink.engine.socket.Frames.BINARY;
import static io.neurolink.engine.socket.Frames.CONTINUATION;
import static io.neurolink.engine.socket.Frames.FIN;
import static io.neurolink.engine.socket.Frames.TEXT;

import io.neurolink.engine.socket.Frame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Group 6: what is UTF-8 and what is not, whole, in fragments and in pieces, refused at the first wrong byte. */
final class Utf8Cases {
    private static final int INVALID_PAYLOAD = 1007;
    private static final byte[] NOTHING = new byte[0];
    private static final HexFormat HEX = HexFormat.of();

    /** Greek, before and after a code point that cannot be. */
    private static final String BEFORE = "cebae1bdb9cf83cebcceb5";
    private static final String AFTER = "656469746564";

    static final List<String> VALID = valid();
    static final List<String> INVALID = invalid();

    private Utf8Cases() {
    }

    // ------------------------------------------------------------------ the texts

    private static List<String> valid() {
        List<String> texts = new ArrayList<>(List.of("", "00", BEFORE, "48656c6c6fc2b540c39fc3b6", "d7a9d79cd795d79d", "e28098e28099",
                "f09f98806162f09f9880", "61c2b5e282acf09f988062", "efbbbf", "efbbbf61", "ceba", "cebae1bdb9", "cebae1bdb9cf83"));
        // the first and the last of each length, and what is around the edges
        for (int codePoint : new int[] {0x01, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD000, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF,
            0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF}) {
            texts.add(hex(codePoint));
        }
        // noncharacters are characters as far as UTF-8 goes
        for (int plane = 0; plane <= 16; plane++) {
            texts.add(hex(plane << 16 | 0xFFFE));
            texts.add(hex(plane << 16 | 0xFFFF));
        }
        for (int codePoint = 0xFDD0; codePoint <= 0xFDEF; codePoint++) {
            texts.add(hex(codePoint));
        }
        return texts.stream().distinct().toList();
    }

    private static String hex(int codePoint) {
        return HEX.formatHex(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> invalid() {
        List<String> texts = new ArrayList<>();
        addLoneBytes(texts);
        addIncomplete(texts);
        addTooLong(texts);
        addSurrogates(texts);
        // beyond U+10FFFF
        texts.addAll(List.of("f4908080", "f490bfbf", "f4bfbfbf", "f5808080", "f7bfbfbf", BEFORE + "f4908080" + AFTER,
                "61f4908080", "f48fbfbff4908080"));
        return texts.stream().distinct().toList();
    }

    private static void addLoneBytes(List<String> texts) {
        StringBuilder continuations = new StringBuilder();
        for (int value = 0x80; value <= 0xBF; value++) {
            continuations.append(Integer.toHexString(value));
        }
        texts.add(continuations.toString());
        texts.addAll(List.of("80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf", "61808080", BEFORE + "80" + AFTER));
        // every byte that begins nothing, and every beginning without its rest
        for (int value = 0xC0; value <= 0xFF; value++) {
            texts.add(Integer.toHexString(value));
            texts.add(Integer.toHexString(value) + "20");
            texts.add("41" + Integer.toHexString(value) + "41");
        }
        texts.addAll(List.of("fefeffff", "feff", "fffe"));
    }

    private static void addIncomplete(List<String> texts) {
        List<String> characters = List.of("c280", "dfbf", "e0a080", "efbfbf", "ed9fbf", "ee8080", "f0908080", "f48fbfbf");
        StringBuilder together = new StringBuilder();
        for (String character : characters) {
            for (int length = 2; length < character.length(); length += 2) {
                String part = character.substring(0, length);
                texts.addAll(List.of(part, "61" + part, part + "20", part + "7f", part + part, part + "c280", BEFORE + part + AFTER));
            }
            together.append(character, 0, character.length() - 2);
        }
        texts.add(together.toString());
        for (int length = 2; length < BEFORE.length(); length += 2) {
            String part = BEFORE.substring(0, length);
            if (Utf8Model.endsWithin(HEX.parseHex(part))) {
                texts.add(part);
            }
        }
    }

    private static void addTooLong(List<String> texts) {
        // the slash, the last of each shorter length, and zero
        texts.addAll(List.of("c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"));
        texts.addAll(List.of("c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"));
        texts.addAll(List.of("c080", "e08080", "f0808080", "f880808080", "fc8080808080"));
        // what once was UTF-8 of five and six bytes
        texts.addAll(List.of("f888808080", "fbbfbfbfbf", "fc8480808080", "fdbfbfbfbfbf", "61c0af62", BEFORE + "c080" + AFTER));
    }

    private static void addSurrogates(List<String> texts) {
        List<String> high = List.of("eda080", "edadbf", "edae80", "edafbf");
        List<String> low = List.of("edb080", "edbe80", "edbfbf");
        texts.addAll(high);
        texts.addAll(low);
        for (String first : high) {
            for (String second : low) {
                texts.add(first + second);
            }
        }
        texts.add(BEFORE + "eda080" + AFTER);
    }

    // ------------------------------------------------------------------ the cases

    static Stream<Case> all() {
        List<Case> cases = new ArrayList<>();
        addEmpty(cases);
        VALID.forEach(hex -> addValid(cases, hex, HEX.parseHex(hex)));
        INVALID.forEach(hex -> addInvalid(cases, hex, HEX.parseHex(hex)));
        return cases.stream();
    }

    private static void addEmpty(List<Case> cases) {
        for (int count = 1; count <= 4; count++) {
            Case empty = Case.of("empty-fragments-" + count);
            for (int i = 0; i < count; i++) {
                empty.send(Sent.frame((i == count - 1 ? FIN : 0) | (i == 0 ? TEXT : CONTINUATION)));
            }
            cases.add(empty.expect(Frame.text("")).closes());
        }
        cases.add(Case.of("text-between-empty-fragments").send(Sent.frame(TEXT), Sent.frame(CONTINUATION, "a"),
                Sent.frame(FIN | CONTINUATION)).expect(Frame.text("a")).closes());
    }

    private static void addValid(List<Case> cases, String hex, byte[] text) {
        cases.add(Case.of("valid-" + hex).echo(TEXT, text).closes());
        cases.add(Case.of("valid-" + hex + "-in-octets").chopped(1).echo(TEXT, text).closes());
        cases.add(fragmentForEachByte(Case.of("valid-" + hex + "-a-fragment-each"), text, text.length)
                .send(Sent.frame(FIN | CONTINUATION, NOTHING)).expect(new Frame(TEXT, text)).closes());
        cases.add(Case.of("valid-" + hex + "-twice").echo(TEXT, text).echo(TEXT, text).closes());
    }

    private static void addInvalid(List<Case> cases, String hex, byte[] text) {
        Sent whole = Sent.frame(FIN | TEXT, text);
        int wrong = Utf8Model.firstWrong(text);
        cases.add(Case.of("binary-" + hex).echo(BINARY, text).closes());
        if (wrong < 0) {
            cases.add(Case.of("incomplete-" + hex).fails(whole, Place.END, INVALID_PAYLOAD));
            cases.add(Case.of("incomplete-" + hex + "-in-octets").chopped(1).fails(whole, Place.END, INVALID_PAYLOAD));
            cases.add(fragmentForEachByte(Case.of("incomplete-" + hex + "-a-fragment-each"), text, text.length).probe()
                    .fails(Sent.frame(FIN | CONTINUATION, NOTHING), Place.END, INVALID_PAYLOAD));
            return;
        }
        cases.add(Case.of("invalid-" + hex).failsInPayload(whole, wrong, INVALID_PAYLOAD));
        cases.add(Case.of("invalid-" + hex + "-after-a-message").echo("good").failsInPayload(whole, wrong, INVALID_PAYLOAD)
                .send(Sent.ping(NOTHING)));
        cases.add(Case.of("invalid-" + hex + "-in-octets").chopped(1).failsInPayload(whole, wrong, INVALID_PAYLOAD));
        // of a frame that announces much more, no more comes than the first wrong byte
        Sent begun = Sent.frame(FIN | TEXT, Arrays.copyOf(text, wrong + 1)).announcing(1000);
        cases.add(Case.of("invalid-" + hex + "-of-which-more-is-to-come").failsInPayload(begun, wrong, INVALID_PAYLOAD));
        // every byte before the wrong one is fine in fragments; the wrong one is refused without waiting for the last
        Case fragments = fragmentForEachByte(Case.of("invalid-" + hex + "-a-fragment-each"), text, wrong).probe();
        cases.add(fragments.failsInPayload(Sent.frame(CONTINUATION, text[wrong]), 0, INVALID_PAYLOAD));
        cases.add(Case.of("invalid-" + hex + "-not-in-the-first-fragment").send(Sent.frame(TEXT, Arrays.copyOf(text, wrong))).probe()
                .failsInPayload(Sent.frame(CONTINUATION, Arrays.copyOfRange(text, wrong, text.length)), 0, INVALID_PAYLOAD));
    }

    /** The first {@code count} bytes, all in fragments that are not the last. */
    private static Case fragmentForEachByte(Case made, byte[] text, int count) {
        if (count == 0) {
            made.send(Sent.frame(TEXT));
        }
        for (int i = 0; i < count; i++) {
            made.send(Sent.frame(i == 0 ? TEXT : CONTINUATION, text[i]));
        }
        return made;
    }
}
