package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponseDecoderTest {
    /** Stands after the byte at which a violation must be known, and not earlier; not part of the response. */
    private static final String HERE = "¤";

    private static final String END = "\r\n\r\n";

    static List<Arguments> refused() {
        final List<Arguments> cases = new ArrayList<>();
        for (String start : List.of(" ", "\r", "\n", "h", "G", "\0", "é", "\u0016")) {
            cases.add(Arguments.of(null, start + HERE + "TTP/1.1 101 OK" + END));
        }
        for (String line : List.of("HTTP/2¤.0 200 OK", "HTTP/0¤.9 200 OK", "HTTP/1.2¤ 200 OK", "HTTP/1,¤1 200 OK", "HTTP/x¤.1 200 OK",
            "HTTP/1.1\t¤200 OK", "HTTP/1.1\r¤\n", "HTTP/1.11¤ 200 OK", "HTTP/1.1  ¤200 OK", "HTTP/1.1 0¤99 OK", "HTTP/1.1 6¤00 OK",
            "HTTP/1.1 a¤bc OK", "HTTP/1.1 1x¤1 OK", "HTTP/1.1 10 ¤OK", "HTTP/1.1 1011¤ OK", "HTTP/1.1 101\r¤\n", "HTTP/1.1 101\t¤OK",
            "HTTP/1.1 101\n¤", "HTTP/1.1 101 OK\n¤", "HTTP/1.1 101 OK\rx¤", "HTTP/1.1 101 OK\r\r¤", "HTTP/1.1 101 O\0¤K",
            "HTTP/1.1 101 O\u007f¤K", "HTTP/1.1 101 O\u0008¤K", "HTTP/1.1 -¤101 OK")) {
            cases.add(Arguments.of(null, line + END));
        }
        final String start = "HTTP/1.1 200 OK\r\n";
        cases.add(Arguments.of(null, start + " " + HERE + "X: y" + END));
        cases.add(Arguments.of(null, start + "X " + HERE + ": y" + END));
        cases.add(Arguments.of(null, start + ":" + HERE + " y" + END));
        cases.add(Arguments.of("X", start + "X: y\n" + HERE + END));
        cases.add(Arguments.of("X", start + "X: y\r\n " + HERE + "z" + END));
        cases.add(Arguments.of("X", start + "X: \0" + HERE + END));
        cases.add(Arguments.of(null, start + "X: y\r\n\n" + HERE));
        cases.add(Arguments.of("Content-Length", start + "Content-Length: 1\r\nContent-Length: 1" + END + HERE));
        cases.add(Arguments.of("Content-Length", start + "Content-Length: -1" + END + HERE));
        cases.add(Arguments.of("Transfer-Encoding", start + "Content-Length: 1\r\nTransfer-Encoding: chunked" + END + HERE));
        cases.add(Arguments.of("Transfer-Encoding", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked" + END + HERE));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("refused")
    void shouldRefuseAtTheFirstByteThatIsWrong(String header, String marked) {
        final byte[] response = Heads.bytes(marked.replace(HERE, ""));
        final Heads.Machine machine = Heads.responses(HttpLimits.DEFAULTS);
        final Heads.Result result = Heads.whole(machine, response);

        assertEquals(DecodeStatus.VIOLATION, result.status());
        assertEquals(HandshakeViolation.NO_ANSWER, result.violation().statusCode());
        assertEquals(header, result.violation().header(), result.violation().message());
        assertEquals(marked.indexOf(HERE), result.consumed(), result.violation().message());
        assertEquals(List.of(), result.violation().responseHeaders());
        assertNull(result.head());
        assertEquals(0, machine.heldBytes());
        assertSameHoweverCut(machine, response, result);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 \r\n\r\n",
        "HTTP/1.0 200 OK\r\nX: y\r\n\r\n",
        "HTTP/1.1 404 Nicht gefunden: \u00fc \t !\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 599 \r\nTransfer-Encoding: chunked\r\nEmpty:\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"
    })
    void shouldAcceptHoweverTheBytesAreCut(String response) {
        final Heads.Machine machine = Heads.responses(HttpLimits.DEFAULTS);
        final byte[] withFrames = Heads.bytes(response + "\u0081\u0005Hello");
        final Heads.Result result = Heads.whole(machine, withFrames);

        assertEquals(DecodeStatus.COMPLETE, result.status(), () -> String.valueOf(result.violation()));
        assertEquals(response.length(), result.consumed());
        assertEquals(0, machine.heldBytes());
        assertSameHoweverCut(machine, withFrames, result);
    }

    private static void assertSameHoweverCut(Heads.Machine machine, byte[] bytes, Heads.Result expected) {
        for (int cut = 0; cut < bytes.length; cut++) {
            assertEquals(expected, Heads.cut(machine, bytes, cut), "cut at " + cut);
        }
        assertEquals(expected, Heads.byteByByte(machine, bytes));
        final Random random = new Random(bytes.length);
        for (int i = 0; i < 20; i++) {
            assertEquals(expected, Heads.inRandomPieces(machine, bytes, random));
        }
    }

    @Test
    void shouldGiveTheHead() {
        final HttpResponseHead head = Heads.response(
            "HTTP/1.1 503 Try later\r\nContent-Length: 5\r\nX: 1, 2\r\nx: 3\r\nRetry-After: 9\r\n\r\n");
        assertEquals(503, head.statusCode());
        assertEquals("Try later", head.reason());
        assertTrue(head.isHttp11());
        assertFalse(head.isInterim());
        assertEquals(5, head.contentLength());
        assertFalse(head.hasTransferEncoding());
        assertEquals("9", head.header("retry-after"));
        assertEquals(List.of("1, 2", "3"), head.headers("X"));
        assertEquals(List.of("1", "2", "3"), head.headerTokens("X"));
        assertEquals(List.of("Content-Length", "X", "Retry-After"), head.headerNames());
        assertEquals("HttpResponseHead[503]", head.toString());
    }

    @Test
    void shouldReadTheHeadAfterAnInterimOne() {
        final byte[] bytes = Heads.bytes("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.0 200 OK\r\n\r\n");
        final ByteBuffer in = ByteBuffer.wrap(bytes);
        final ResponseDecoder decoder = new ResponseDecoder(HttpLimits.DEFAULTS);
        final int at = decoder.decode(in, 0, bytes.length);
        assertTrue(decoder.head().isInterim());
        decoder.reset();
        assertEquals(bytes.length, decoder.decode(in, at, bytes.length));
        assertEquals(200, decoder.head().statusCode());
        assertFalse(decoder.head().isHttp11());
        assertFalse(decoder.head().isInterim());
        assertEquals(-1, decoder.head().contentLength());
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 8192})
    void shouldTakeAStatusLineUpToItsLimit(int limit) {
        final HttpLimits limits = new HttpLimits(limit, 100, 100, 10);
        for (int length = limit - 1; length <= limit + 1; length++) {
            final String line = "HTTP/1.1 200 " + "r".repeat(length - 13);
            final Heads.Result result = Heads.whole(Heads.responses(limits), Heads.bytes(line + "\r\n\r\n"));
            assertEquals(length <= limit ? DecodeStatus.COMPLETE : DecodeStatus.VIOLATION, result.status());
            assertEquals(length <= limit ? length + 4 : limit + 1, result.consumed());
        }
    }

    @Test
    void shouldLimitTheHeaderSection() {
        final HttpLimits limits = new HttpLimits(100, 50, 200, 3);
        for (String fields : List.of("X: " + "y".repeat(48), "X:\r\n".repeat(4), ("X: " + "y".repeat(40) + "\r\n").repeat(3) + "X: y")) {
            final Heads.Result result = Heads.whole(Heads.responses(limits), Heads.bytes("HTTP/1.1 200 OK\r\n" + fields + END));
            assertEquals(DecodeStatus.VIOLATION, result.status());
            assertEquals(HandshakeViolation.NO_ANSWER, result.violation().statusCode());
        }
    }

    @Test
    void shouldHoldOnlyWhatCame() {
        final ResponseDecoder decoder = new ResponseDecoder(HttpLimits.DEFAULTS);
        assertEquals(0, decoder.heldBytes());
        final byte[] response = Heads.bytes("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\nX: " + "y".repeat(3000) + "\r\n\r\n");
        for (int i = 0; i < response.length - 1; i++) {
            decoder.decode(ByteBuffer.wrap(response), i, i + 1);
            assertTrue(decoder.heldBytes() > i && decoder.heldBytes() <= Math.max(256, 2 * (i + 1)));
        }
    }
}
