package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponseBodyTest {
    private static final int LIMIT = 64;

    private static ResponseBody body(String head, int limit) {
        ResponseDecoder decoder = new ResponseDecoder(HttpLimits.DEFAULTS);
        byte[] bytes = ("HTTP/1.1 " + head + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(bytes.length, decoder.decode(ByteBuffer.wrap(bytes), 0, bytes.length));
        return new ResponseBody(decoder.head(), limit);
    }

    private static void feed(ResponseBody body, String text, int chunk) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int from = 0; from < bytes.length; from += chunk) {
            body.decode(ByteBuffer.wrap(bytes), from, Math.min(bytes.length, from + chunk));
        }
    }

    private static String text(ResponseBody body) {
        return new String(body.bytes(), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void shouldReadAsMuchAsIsDeclared(int chunk) {
        ResponseBody body = body("404 Not Found\r\nContent-Length: 9", LIMIT);
        feed(body, "not here", chunk);
        assertFalse(body.isComplete());
        assertEquals("not here", text(body));
        feed(body, "! and what does not belong to it", chunk);
        assertTrue(body.isComplete());
        assertEquals("not here!", text(body));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 1000})
    void shouldJoinChunks(int chunk) {
        ResponseBody body = body("503 Busy\r\nTransfer-Encoding: chunked", LIMIT);
        feed(body, "5\r\ntry a\r\nA;ext=\"1\"\r\ngain later\r\n", chunk);
        assertFalse(body.isComplete());
        feed(body, "0\r\nTrailer: x\r\n\r\n", chunk);
        assertTrue(body.isComplete());
        assertEquals("try again later", text(body));
    }

    @Test
    void shouldReadToTheEndOfTheConnectionWhereNothingIsDeclared() {
        ResponseBody body = body("400 Bad Request", LIMIT);
        feed(body, "wrong", 2);
        assertFalse(body.isComplete());
        assertEquals("wrong", text(body));
    }

    @ParameterizedTest
    @ValueSource(strings = {"204 No Content", "304 Not Modified", "403 Forbidden\r\nContent-Length: 0"})
    void shouldKnowThatThereIsNoBody(String head) {
        ResponseBody body = body(head, LIMIT);
        assertTrue(body.isComplete());
        assertEquals("", text(body));
    }

    @ParameterizedTest
    @CsvSource({"63, false", "64, true", "65, true", "5000, true"})
    void shouldKeepNoMoreThanTheLimit(int length, boolean isComplete) {
        String content = "x".repeat(length);
        ResponseBody open = body("400 Bad Request", LIMIT);
        feed(open, content, 10);
        assertEquals(isComplete, open.isComplete());
        assertEquals(Math.min(length, LIMIT), open.bytes().length);

        ResponseBody chunked = body("400 Bad Request\r\nTransfer-Encoding: chunked", LIMIT);
        feed(chunked, Integer.toHexString(length) + "\r\n" + content, 10);
        assertEquals(isComplete, chunked.isComplete());
        assertEquals(Math.min(length, LIMIT), chunked.bytes().length);
    }

    @Test
    void shouldNotBelieveWhatIsDeclared() {
        ResponseBody huge = body("400 Bad Request\r\nContent-Length: 999999999999999999", LIMIT);
        feed(huge, "ab", 1);
        assertEquals("ab", text(huge));
        assertFalse(huge.isComplete());
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz\r\n", "\r\n", "1000000000000000\r\nabc", "2\r\nabX", ";\r\n"})
    void shouldEndABodyThatIsNotChunkedAfterAll(String nonsense) {
        ResponseBody body = body("500 Oops\r\nTransfer-Encoding: chunked", LIMIT);
        feed(body, nonsense, 1);
        assertTrue(body.isComplete());
    }
}
