package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class Utf8ValidatorTest {
    /** Every byte at which the table of well-formed sequences (Unicode 3.9, table 3-7) changes, and its neighbours. */
    private static final int[] EDGES = {
        0x00, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x91, 0x9F, 0xA0, 0xA1, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
        0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFB, 0xFC, 0xFE, 0xFF
    };

    private final CharsetDecoder jdk = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer chars = CharBuffer.allocate(4096);

    private boolean jdkAccepts(byte[] bytes) {
        chars.clear();
        jdk.reset();
        return !jdk.decode(ByteBuffer.wrap(bytes), chars, true).isError();
    }

    private static int validate(byte[] bytes) {
        return Utf8Validator.validate(Utf8Validator.ACCEPT, ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    private void check(byte[] bytes) {
        boolean accepted = validate(bytes) == Utf8Validator.ACCEPT;
        if (accepted != jdkAccepts(bytes)) {
            throw new AssertionError((accepted ? "accepted " : "refused ") + HexFormat.of().formatHex(bytes));
        }
    }

    @Test
    void shouldJudgeAllSequencesOfOneAndTwoBytesAsTheJdkDoes() {
        for (int i = 0; i < 0x100; i++) {
            check(Wire.bytes(i));
        }
        for (int i = 0; i < 0x10000; i++) {
            check(Wire.bytes(i >> 8, i));
        }
    }

    @Test
    void shouldJudgeAllSequencesOfThreeBytesAsTheJdkDoes() {
        byte[] bytes = new byte[3];
        for (int i = 0; i < 0x1000000; i++) {
            bytes[0] = (byte) (i >> 16);
            bytes[1] = (byte) (i >> 8);
            bytes[2] = (byte) i;
            check(bytes);
        }
    }

    @Test
    void shouldJudgeSequencesOfFourAndFiveBytesAroundEveryEdgeAsTheJdkDoes() {
        for (int a : EDGES) {
            for (int b : EDGES) {
                for (int c : EDGES) {
                    for (int d : EDGES) {
                        check(Wire.bytes(a, b, c, d));
                        check(Wire.bytes(a, b, c, d, 0x80));
                    }
                }
            }
        }
    }

    @Test
    void shouldJudgeAllLeadsAndSecondBytesOfFourByteSequencesAsTheJdkDoes() {
        for (int lead = 0xEF; lead <= 0xFF; lead++) {
            for (int second = 0; second < 0x100; second++) {
                for (int end : EDGES) {
                    check(Wire.bytes(lead, second, 0x80, end));
                    check(Wire.bytes(lead, second, end, 0xBF));
                }
            }
        }
    }

    @Test
    void shouldAcceptEveryCodePointWhereverItLiesInAWord() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint += codePoint < 0x3000 ? 1 : 61) {
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                continue;
            }
            for (int before = 0; before < 8; before++) {
                byte[] text = Wire.utf8("a".repeat(before) + Character.toString(codePoint) + "0123456789");
                assertEquals(Utf8Validator.ACCEPT, validate(text), "U+" + Integer.toHexString(codePoint));
            }
        }
    }

    @Test
    void shouldFindAWrongByteWhereverItLies() {
        for (int length = 1; length <= 80; length++) {
            for (int at = 0; at < length; at++) {
                byte[] text = new byte[length];
                Arrays.fill(text, (byte) 'x');
                text[at] = (byte) 0x80;
                assertEquals(Utf8Validator.REJECT, validate(text), () -> Arrays.toString(text));
                text[at] = (byte) 0xFF;
                assertEquals(Utf8Validator.REJECT, validate(text), () -> Arrays.toString(text));
            }
        }
    }

    @Test
    void shouldRefuseAsciiWithinACharacterHoweverMuch() {
        for (String character : new String[] {"\u00e4", "\u2603", "\ud834\udd1e"}) {
            byte[] whole = Wire.utf8(character);
            for (int cut = 1; cut < whole.length; cut++) {
                for (int before = 0; before < 9; before++) {
                    for (int within = 1; within < 30; within++) {
                        check(before, Arrays.copyOf(whole, cut), within, Arrays.copyOfRange(whole, cut, whole.length));
                    }
                }
            }
        }
    }

    private void check(int before, byte[] start, int within, byte[] rest) {
        ByteBuffer text = ByteBuffer.allocate(before + start.length + within + rest.length);
        text.put("a".repeat(before).getBytes(StandardCharsets.US_ASCII)).put(start);
        text.put("b".repeat(within).getBytes(StandardCharsets.US_ASCII)).put(rest);
        assertEquals(Utf8Validator.REJECT, validate(text.array()), () -> HexFormat.of().formatHex(text.array()));
        assertFalse(jdkAccepts(text.array()));
    }

    @Test
    void shouldCarryItsStateOverEveryCut() {
        byte[] text = Wire.utf8("ab ä ß ☃ ሴ 𝄞 😀 漢字かな交じり文 end of the text");
        ByteBuffer bytes = ByteBuffer.allocateDirect(text.length).put(text);
        for (int a = 0; a <= text.length; a++) {
            for (int b = a; b <= text.length; b++) {
                int state = Utf8Validator.validate(Utf8Validator.ACCEPT, bytes, 0, a);
                state = Utf8Validator.validate(state, bytes, a, b - a);
                state = Utf8Validator.validate(state, bytes, b, text.length - b);
                assertEquals(Utf8Validator.ACCEPT, state, a + ", " + b);
            }
        }
    }

    @Test
    void shouldStayRejectedWhateverFollows() {
        ByteBuffer bytes = ByteBuffer.allocate(1024);
        int state = Utf8Validator.validate(Utf8Validator.ACCEPT, bytes.put(0, (byte) 0xC0), 0, 1);
        new Random(3).nextBytes(bytes.array());
        for (int length = 0; length < 1024; length++) {
            assertEquals(Utf8Validator.REJECT, Utf8Validator.validate(state, bytes, 0, length));
        }
    }

    @Test
    void shouldJudgeMutatedTextsInPiecesAsTheJdkDoesAsAWhole() {
        Random random = new Random(11);
        byte[] text = Wire.utf8("plain ascii for a while, then ä ß ☃ 𝄞 漢字, and plain again for quite a while".repeat(4));
        int refused = 0;
        for (int round = 0; round < 50_000; round++) {
            byte[] mutated = Arrays.copyOf(text, 1 + random.nextInt(text.length));
            for (int i = random.nextInt(3); i > 0; i--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            int state = Utf8Validator.ACCEPT;
            ByteBuffer bytes = ByteBuffer.wrap(mutated);
            for (int at = 0; at < mutated.length;) {
                int length = Math.min(mutated.length - at, 1 + random.nextInt(100));
                state = Utf8Validator.validate(state, bytes, at, length);
                at += length;
            }
            boolean expected = jdkAccepts(mutated);
            assertEquals(expected, state == Utf8Validator.ACCEPT, () -> HexFormat.of().formatHex(mutated));
            refused += expected ? 0 : 1;
        }
        assertTrue(refused > 1000 && refused < 49_000, "both kinds were tried, refused " + refused);
    }
}
