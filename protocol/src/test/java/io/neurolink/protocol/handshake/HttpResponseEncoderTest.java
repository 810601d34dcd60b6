package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpResponseEncoderTest {
    private static final byte[] NO_BODY = new byte[0];

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldWriteAResponse() {
        final List<HttpField> headers = List.of(new HttpField("Content-Type", "text/plain"), new HttpField("Set-Cookie", "a=1"),
            new HttpField("Set-Cookie", "b=2"), new HttpField("Empty", ""));
        assertEquals("""
            HTTP/1.1 200 OK\r
            Date: Sun, 06 Nov 1994 08:49:37 GMT\r
            Content-Type: text/plain\r
            Set-Cookie: a=1\r
            Set-Cookie: b=2\r
            Empty: \r
            Content-Length: 2\r
            Connection: keep-alive\r
            \r
            hi""", text(HttpResponseEncoder.encode(200, headers, Heads.bytes("hi"), true, HttpDate.format(784111777000L))));
    }

    @Test
    void shouldWriteTheHeadOnly() {
        assertEquals("HTTP/1.1 404 Not Found\r\nContent-Length: 5000000000\r\nConnection: close\r\n\r\n",
            text(HttpResponseEncoder.encodeHead(404, List.of(), 5_000_000_000L, false, null)));
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void shouldWriteNoLengthWhereThereIsNoBody(int statusCode) {
        final String response = text(HttpResponseEncoder.encode(statusCode, List.of(), NO_BODY, true, null));
        assertFalse(response.contains("Content-Length"), response);
        assertThrows(IllegalArgumentException.class, () -> HttpResponseEncoder.encode(statusCode, List.of(), new byte[1], true, null));
    }

    @Test
    void shouldWriteAnUnknownStatusWithoutWords() {
        for (int statusCode : new int[] {299, 599}) {
            assertEquals("HTTP/1.1 " + statusCode + " \r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                text(HttpResponseEncoder.encode(statusCode, List.of(), NO_BODY, false, null)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 101, 199, 600, -1})
    void shouldNotWriteAnOddStatus(int statusCode) {
        assertThrows(IllegalArgumentException.class, () -> HttpResponseEncoder.encode(statusCode, List.of(), NO_BODY, true, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection", "connection", "Content-Length", "CONTENT-LENGTH", "Transfer-Encoding"})
    void shouldNotLetFramingBeSet(String name) {
        final List<HttpField> headers = List.of(new HttpField(name, "x"));
        assertThrows(IllegalArgumentException.class, () -> HttpResponseEncoder.encode(200, headers, NO_BODY, true, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX: y", "a\rb", "a\nb", "a\0b", "\u007f", "\u001f", "a ", "a\t", "☃", "\u0100", "\u010a"})
    void shouldNotTakeAValueThatBreaksItsLine(String value) {
        final String secret = "secret" + value;
        final IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () -> new HttpField("X", secret));
        assertFalse(error.getMessage().contains("secret"), error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new HttpField("X", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {" a", "\ta", " ", "\t"})
    void shouldNotTakeAValueThatTrimmingWouldChange(String value) {
        assertThrows(IllegalArgumentException.class, () -> new HttpField("X", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a:", "a\r\n", "é", "\u0100", "a\0"})
    void shouldNotTakeANameThatBreaksItsLine(String name) {
        assertThrows(IllegalArgumentException.class, () -> new HttpField(name, "x"));
    }

    @Test
    void shouldNotTakeADateThatBreaksItsLine() {
        assertThrows(IllegalArgumentException.class, () -> HttpResponseEncoder.encode(200, List.of(), NO_BODY, true, "now\r\nX: y"));
    }

    @Test
    void shouldPrintNoValue() {
        assertEquals("HttpField[Set-Cookie]", new HttpField("Set-Cookie", "secret").toString());
    }

    @Test
    void shouldAnswerAViolation() {
        final HandshakeViolation violation = HandshakeViolation.of(426, "Sec-WebSocket-Version", "must be 13",
            new HttpField("Upgrade", "websocket"), new HttpField("Sec-WebSocket-Version", "13"));
        assertEquals("""
            HTTP/1.1 426 Upgrade Required\r
            Date: D\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Content-Type: application/json\r
            Content-Length: 97\r
            Connection: Upgrade, close\r
            \r
            {"error":"Upgrade Required","message":"must be 13","status":426,"header":"Sec-WebSocket-Version"}""",
            text(HttpResponseEncoder.encodeRefusal(violation, "D")));
    }

    @Test
    void shouldNotAnswerForAClient() {
        final HandshakeViolation violation = HandshakeViolation.of(HandshakeViolation.NO_ANSWER, null, "x");
        assertThrows(IllegalArgumentException.class, () -> HttpResponseEncoder.encodeRefusal(violation, null));
    }

    @Test
    void shouldEscapeJson() {
        assertEquals("{\"error\":\"a\\\"b\\\\c\",\"message\":\"\\u0000\\u000a☃\",\"status\":1}",
            new String(HttpResponseEncoder.errorBody(1, "a\"b\\c", "\0\n☃", null), StandardCharsets.UTF_8));
    }

    @Test
    void shouldKnowTheWordsOfEveryStatusItsOwnViolationsUse() {
        for (int statusCode : new int[] {400, 405, 414, 426, 431, 501, 505}) {
            assertFalse(HttpResponseEncoder.reasonPhrase(statusCode).isEmpty());
        }
    }

    @Test
    void shouldWriteDatesOfTwoDigits() {
        assertEquals("Thu, 01 Jan 1970 00:00:00 GMT", HttpDate.format(0));
        assertEquals("Mon, 23 Nov 2026 09:05:07 GMT", HttpDate.format(1795424707999L));
        assertEquals(1795424707000L, HttpDate.parse("Mon, 23 Nov 2026 09:05:07 GMT"));
        assertEquals(-1, HttpDate.parse("Mon, 23 Nov 2026 09:05:07 CET"));
        assertEquals(-1, HttpDate.parse("tomorrow"));
    }
}
