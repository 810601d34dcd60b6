package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class Utf8EncoderTest {
    private static final int MARGIN = 5;

    /** One for all texts, as for all messages of a loop. */
    private static final Utf8Writer WRITER = new Utf8Writer();

    /** By both. */
    private static byte[] encode(String text) {
        int length = Utf8Encoder.encodedLength(text);
        ByteBuffer dst = ByteBuffer.allocateDirect(length + 2 * MARGIN);
        assertEquals(length, WRITER.encode(text, dst, MARGIN));
        byte[] byWriter = checkMargins(dst, length);
        assertEquals(length, Utf8Encoder.encode(text, dst.clear(), MARGIN));
        assertArrayEquals(byWriter, checkMargins(dst, length));
        return byWriter;
    }

    private static byte[] checkMargins(ByteBuffer dst, int length) {
        for (int i = 0; i < MARGIN; i++) {
            assertEquals(0, dst.get(i));
            assertEquals(0, dst.get(MARGIN + length + i));
        }
        assertEquals(0, dst.position());
        byte[] result = new byte[length];
        dst.get(MARGIN, result);
        return result;
    }

    @Test
    void shouldEncodeEveryCodePointAsTheJdkDoes() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                String text = Character.toString(codePoint);
                assertArrayEquals(Wire.utf8(text), encode(text), () -> text);
            }
        }
    }

    @Test
    void shouldEncodeTextsOfAllLengthsAndKinds() {
        Random random = new Random(1);
        int[] bounds = {0x80, 0x100, 0x800, 0xD800, 0x110000};
        for (int length = 0; length < 200; length++) {
            for (int bound : bounds) {
                StringBuilder text = new StringBuilder();
                while (text.length() < length) {
                    int codePoint = random.nextInt(random.nextInt(4) == 0 ? bound : 0x80);
                    text.appendCodePoint(codePoint >= 0xD800 && codePoint < 0xE000 ? 'x' : codePoint);
                }
                assertArrayEquals(Wire.utf8(text.toString()), encode(text.toString()));
            }
        }
    }

    /** Of a writer, which works in pieces: pairs and halves of them lie across their ends. */
    @Test
    void shouldEncodeLongTextsOfAllKinds() {
        Random random = new Random(2);
        for (String filler : new String[] {"x", "\u00e4", "\u6f22"}) {
            for (String end : new String[] {"", "\uD83D\uDE00", "\uD83D", "\uDE00", "\uDE00\uD83D", "\uD83D\uD83D\uDE00"}) {
                for (int count = 1015; count < 1030; count++) {
                    String text = filler.repeat(count) + end;
                    assertArrayEquals(Wire.utf8(wellFormed(text)), encode(text));
                    assertArrayEquals(Wire.utf8(wellFormed(text + text)), encode(text + text));
                }
            }
        }
        for (int round = 0; round < 200; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(5000); text.length() < length;) {
                text.append(random.nextBoolean() ? "plain text ".repeat(random.nextInt(100)) : "" + (char) random.nextInt(0x10000));
            }
            assertArrayEquals(Wire.utf8(wellFormed(text.toString())), encode(text.toString()));
        }
    }

    private static String wellFormed(String text) {
        return text.replaceAll("[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]", "\uFFFD");
    }

    @Test
    void shouldReplaceSurrogatesWithoutAPartner() {
        String[] lonely = {"\uD800", "\uDFFF", "a\uD83D", "\uD83Da", "\uDE00\uD83D",
            "\uD83D\uD83D\uDE00", "\uD83D\uDE00\uDE00", "x\uDBFFx\uDC00x"};
        for (String text : lonely) {
            assertArrayEquals(Wire.utf8(wellFormed(text)), encode(text));
            assertArrayEquals(Wire.utf8(wellFormed("x".repeat(40) + text)), encode("x".repeat(40) + text));
        }
    }

    @Test
    void shouldCutAtTheEndOfACharacter() {
        String text = "aä☃𝄞z\uD800";
        byte[] all = encode(text);
        int[] ends = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11, 11, 14, 14, 14};
        for (int maxBytes = 0; maxBytes < ends.length; maxBytes++) {
            ByteBuffer dst = ByteBuffer.allocate(20);
            assertEquals(ends[maxBytes], Utf8Encoder.encodeAtMost(text, dst, 2, maxBytes), "at most " + maxBytes);
            byte[] expected = new byte[20];
            System.arraycopy(all, 0, expected, 2, ends[maxBytes]);
            assertArrayEquals(expected, dst.array());
        }
    }

    @Test
    void shouldRefuseToWriteBeyondTheLimit() {
        for (String text : new String[] {"a", "ä", "☃", "𝄞", "0123456789abcdef", "ä☃𝄞 and more than thirty-two characters"}) {
            int length = Utf8Encoder.encodedLength(text);
            ByteBuffer dst = ByteBuffer.allocate(64).limit(length + 2);
            assertThrows(IndexOutOfBoundsException.class, () -> Utf8Encoder.encode(text, dst, 3));
            assertThrows(IndexOutOfBoundsException.class, () -> WRITER.encode(text, dst, 3));
            assertEquals(length, WRITER.encode(text, dst, 2));
            assertEquals(length, Utf8Encoder.encode(text, dst, 2));
        }
    }
}
