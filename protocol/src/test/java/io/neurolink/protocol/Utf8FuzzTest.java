package io.neurolink.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The JDK's decoder and encoder judge ours. */
final class Utf8FuzzTest {
    private static final byte[] REPLACEMENT = Wire.bytes(0xEF, 0xBF, 0xBD);

    /** The first byte seeds the cuts, the rest is the text. */
    @FuzzTest
    void shouldAcceptWhatTheJdkAccepts(byte[] data) {
        if (data.length == 0) {
            return;
        }
        Random random = new Random(data[0]);
        ByteBuffer bytes = ByteBuffer.wrap(data);
        int state = Utf8Validator.ACCEPT;
        int longest = 1 + random.nextInt(64);
        for (int at = 1; at < data.length;) {
            int length = Math.min(data.length - at, 1 + random.nextInt(longest));
            state = Utf8Validator.validate(state, bytes, at, length);
            at += length;
        }
        assertEquals(jdkAccepts(data), state == Utf8Validator.ACCEPT);
        assertEquals(jdkAccepts(data), Utf8Validator.validate(Utf8Validator.ACCEPT, bytes, 1, data.length - 1) == Utf8Validator.ACCEPT);
    }

    /** The bytes are UTF-16, well-formed or not. */
    @FuzzTest
    void shouldEncodeAsTheJdkDoesAndReplaceLoneSurrogates(byte[] data) throws CharacterCodingException {
        String text = ByteBuffer.wrap(data).asCharBuffer().toString();
        CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE).replaceWith(REPLACEMENT);
        ByteBuffer encoded = encoder.encode(CharBuffer.wrap(text));
        byte[] expected = new byte[encoded.remaining()];
        encoded.get(expected);

        assertEquals(expected.length, Utf8Encoder.encodedLength(text));
        ByteBuffer dst = ByteBuffer.allocate(expected.length);
        assertEquals(expected.length, Utf8Encoder.encode(text, dst, 0));
        assertArrayEquals(expected, dst.array());
        assertEquals(Utf8Validator.ACCEPT, Utf8Validator.validate(Utf8Validator.ACCEPT, dst, 0, expected.length));
    }

    private static boolean jdkAccepts(byte[] data) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data, 1, data.length - 1));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
