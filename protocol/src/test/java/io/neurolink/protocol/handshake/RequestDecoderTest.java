package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestDecoderTest {
    /** Stands after the byte at which a violation must be known, and not earlier; not part of the request. */
    private static final String HERE = "¤";

    private static final String END = "\r\n\r\n";

    private static final List<Arguments> REFUSED = new ArrayList<>();

    static {
        refuseRequestLines();
        refuseTargets();
        refuseHeaderLines();
        refuseHosts();
        refuseFraming();
    }

    private static void refuse(int statusCode, String header, String request) {
        REFUSED.add(Arguments.of(statusCode, header, request));
    }

    private static void refuseRequestLines() {
        for (String start : List.of(" ", "\t", "\n", "\0", ":", "\"", "(", "/", "@", "[", "\u007f", "\u0080", "é", "\u0016")) {
            refuse(400, null, start + HERE + "GET / HTTP/1.1\r\nHost: a" + END);
        }
        refuse(400, null, "\r" + "G" + HERE + "ET / HTTP/1.1\r\nHost: a" + END);
        refuse(400, null, "\r\n\r" + HERE + "\nGET / HTTP/1.1\r\nHost: a" + END);
        refuse(400, null, "\r\n " + HERE + "GET / HTTP/1.1\r\nHost: a" + END);
        for (String bad : List.of("\t", "\r", "\n", "\0", ":", "\"", "(", ")", ",", "/", ";", "<", "=", ">", "?", "@", "[", "\\", "]", "{",
            "}", "é")) {
            refuse(400, null, "GE" + bad + HERE + "T / HTTP/1.1\r\nHost: a" + END);
        }
        refuse(501, null, "M".repeat(33) + HERE + " / HTTP/1.1\r\nHost: a" + END);
        refuse(400, null, "GET /\r" + HERE + "\nHost: a" + END);
        refuse(400, null, "GET /\n" + HERE);
        refuse(400, null, "GET  " + HERE + "/ HTTP/1.1\r\nHost: a" + END);
        refuse(400, null, "GET\t" + HERE + "/ HTTP/1.1\r\nHost: a" + END);
        refuse(400, null, "GET /  " + HERE + "HTTP/1.1\r\nHost: a" + END);
        refuse(400, null, "GET / h" + HERE + "ttp/1.1" + END);
        refuse(400, null, "GET / HTTQ" + HERE + "/1.1" + END);
        refuse(400, null, "GET / HTTP " + HERE + "/1.1" + END);
        refuse(400, null, "GET / HTTP/x" + HERE + ".1" + END);
        refuse(400, null, "GET / HTTP/11" + HERE + ".1" + END);
        refuse(400, null, "GET / HTTP/1.\r" + HERE + "\n" + END);
        refuse(400, null, "GET / HTTP/1.11" + HERE + END);
        refuse(400, null, "GET / HTTP/1.1 " + HERE + END);
        refuse(400, null, "GET / HTTP/1.1\n" + HERE + "Host: a" + END);
        refuse(400, null, "GET / HTTP/1.1\r\r" + HERE + "\nHost: a" + END);
        refuse(400, null, "GET / HTTP/1.1\rH" + HERE + "ost: a" + END);
        for (String other : List.of("0", "2", "3", "9")) {
            refuse(505, null, "GET / HTTP/" + other + HERE + ".0\r\nHost: a" + END);
        }
        for (String other : List.of("2", "3", "9")) {
            refuse(505, null, "GET / HTTP/1." + other + HERE + "\r\nHost: a" + END);
        }
        refuse(400, null, "PRI *" + HERE + " HTTP/2.0\r\n\r\nSM" + END);
    }

    private static void refuseTargets() {
        for (String bad : List.of("\0", "\u0001", "\t", "\u001f", "\u007f", "\u0080", "é", "ÿ", "#")) {
            refuse(400, null, "GET /a" + bad + HERE + "b HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET /a?b=" + bad + HERE + "b HTTP/1.1\r\nHost: a" + END);
        }
        for (String bad : List.of("?", "%", ".", "-", "\\", "\"", "[", "1", "*")) {
            refuse(400, null, "GET " + bad + HERE + "a HTTP/1.1\r\nHost: a" + END);
        }
        refuse(400, null, "OPTIONS *a " + HERE + "HTTP/1.1\r\nHost: a" + END);
        for (String place : List.of("/", "/?", "/?a=", "http://a/")) {
            refuse(400, null, "GET " + place + "%g" + HERE + "0 HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET " + place + "%0g" + HERE + " HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET " + place + "% " + HERE + "HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET " + place + "%a " + HERE + "HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET " + place + "%%" + HERE + "00 HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET " + place + "%u" + HERE + "0041 HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET " + place + "a%00b " + HERE + "HTTP/1.1\r\nHost: a" + END);
            refuse(400, null, "GET " + place + "%00 " + HERE + "HTTP/1.1\r\nHost: a" + END);
            for (String notUtf8 : List.of("%80", "%C0%AF", "%C3", "%ED%A0%80", "%F5%80%80%80", "%FF", "%E2%98x")) {
                refuse(400, null, "GET " + place + notUtf8 + " " + HERE + "HTTP/1.1\r\nHost: a" + END);
            }
        }
        for (String hidden : List.of("%2F", "%2f", "%5C", "%5c", "%0A", "%0D%0AX:%20y", "%1F", "%7F")) {
            refuse(400, null, "GET /a/.." + hidden + "b " + HERE + "HTTP/1.1\r\nHost: a" + END);
        }
        for (String bad : List.of("a", "ftp://a/", "http:/a", "http:a", "http://", "http:///a", "http://?a", "http://u@a/", "http://u:p@a/",
            "http://a:b/", "http://a:65536/", "http://a:-1/", "http://[::1/", "http://[]/", "http://[::g]/", "http://a,b/", "file:///a",
            "javascript:alert(1)", "example.com:443", "http://a\\b/", "http://%61/")) {
            refuse(400, null, "GET " + bad + " " + HERE + "HTTP/1.1\r\nHost: a" + END);
        }
        refuse(400, null, "CONNECT example.com:443 " + HERE + "HTTP/1.1\r\nHost: example.com:443" + END);
    }

    private static void refuseHeaderLines() {
        final String start = "GET / HTTP/1.1\r\n";
        for (String name : List.of(" Host", "\tHost")) {
            refuse(400, null, start + name.charAt(0) + HERE + name.substring(1) + ": a" + END);
        }
        refuse(400, null, start + ":" + HERE + " a" + END);
        refuse(400, null, start + "Host " + HERE + ": a" + END);
        refuse(400, null, start + "Host\t" + HERE + ": a" + END);
        for (String bad : List.of("\0", "\r", "\n", "\"", "(", ")", ",", "/", ";", "<", "=", ">", "?", "@", "[", "\\", "]", "{", "}",
            "\u007f", "é")) {
            refuse(400, null, start + "Ho" + bad + HERE + "st: a" + END);
            refuse(400, null, start + bad.replace("\r", "\r\r") + HERE + "Host: a" + END);
        }
        refuse(400, "Host", start + "Host: a\n" + HERE + "\n");
        refuse(400, "Host", start + "Host: a\r" + "\r" + HERE + "\n");
        refuse(400, "Host", start + "Host: a\r" + "b" + HERE + END);
        refuse(400, "Host", start + "Host: \n" + HERE);
        refuse(400, "Host", start + "Host:\n" + HERE);
        refuse(400, null, start + "Host: a\r\n\n" + HERE);
        refuse(400, null, start + "Host: a\r\n\r" + "x" + HERE + "\n");
        refuse(400, null, start + "Host: a\r\n\r\r" + HERE + "\n");
        refuse(400, "Host", start + "Host: a\r\n " + HERE + "b" + END);
        refuse(400, "X-Folded", start + "Host: a\r\nX-Folded: b\r\n\t" + HERE + "c" + END);
        refuse(400, "X", start + "Host: a\r\nX:\r\n " + HERE + "c" + END);
        for (String bad : List.of("\0", "\u0001", "\b", "\u000b", "\f", "\u001b", "\u001f", "\u007f")) {
            refuse(400, "X-Bad", start + "Host: a\r\nX-Bad: a" + bad + HERE + "b" + END);
            refuse(400, "X-Bad", start + "Host: a\r\nX-Bad:" + bad + HERE + END);
        }
        refuse(400, null, start + "Host: a\r\nno" + " " + HERE + "colon here\r\n\r\n");
        refuse(400, null, start + "Host: a\r\nnocolon\r" + HERE + "\n\r\n");
    }

    private static void refuseHosts() {
        refuse(400, "Host", "GET / HTTP/1.1\r\n\r\n" + HERE);
        refuse(400, "Host", "GET / HTTP/1.1\r\nX-Host: a" + END + HERE);
        refuse(400, "Host", "GET / HTTP/1.1\r\nHost: a\r\nHost: a" + END + HERE);
        refuse(400, "Host", "GET / HTTP/1.1\r\nHost: a\r\nHOST: b" + END + HERE);
        refuse(400, "Host", "GET / HTTP/1.0\r\nHost: a\r\nHost: b" + END + HERE);
        for (String bad : List.of("", "a b", "a,b", "a, b", "a/b", "a@b", "user@a", "http://a", "a:b", "a:1:2", "a:99999", "a:65536",
            "a:123456", "a:+1", ":80", "[::1", "::1", "[::1]x", "[::1]:x", "[]", "[:]", "[::1%eth0]", "h".repeat(256),
            "a?b", "a#b", "a\\b", "a%00", "é")) {
            refuse(400, "Host", "GET / HTTP/1.1\r\nHost: " + bad + END + HERE);
        }
    }

    private static void refuseFraming() {
        final String start = "POST / HTTP/1.1\r\nHost: a\r\n";
        for (String bad : List.of("", "+1", "-1", "0x1", "1,1", "1, 1", "1 1", "1.0", "1e3", "9".repeat(19), "²", "a", "1\t1", "1;",
            "\"1\"")) {
            refuse(400, "Content-Length", start + "Content-Length: " + bad + END + HERE);
        }
        refuse(400, "Content-Length", start + "Content-Length: 1\r\nContent-Length: 2" + END + HERE);
        refuse(400, "Content-Length", start + "Content-Length: 1\r\ncontent-length: 1" + END + HERE);
        refuse(400, "Content-Length", start + "Content-Length: 0\r\nX: y\r\nCONTENT-LENGTH: 5" + END + HERE);
        refuse(400, "Transfer-Encoding", start + "Content-Length: 1\r\nTransfer-Encoding: chunked" + END + HERE);
        refuse(400, "Transfer-Encoding", start + "Transfer-Encoding: chunked\r\nContent-Length: 1" + END + HERE);
        refuse(400, "Transfer-Encoding", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" + END + HERE);
        refuse(400, "Transfer-Encoding", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity" + END + HERE);
        for (String bad : List.of("", "identity", "xchunked", "chunked, identity", "chunked, chunked", "chunked;q=1", ", chunked",
            "chunked,", "\"chunked\"", "chunkedx", "chun ked", "gzip", "chunked, gzip")) {
            refuse(400, "Transfer-Encoding", start + "Transfer-Encoding: " + bad + END + HERE);
        }
        refuse(501, "Transfer-Encoding", start + "Transfer-Encoding: gzip, chunked" + END + HERE);
        refuse(400, "Transfer-Encoding", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked" + END + HERE);
        refuse(400, null, start + "Transfer-Encoding " + HERE + ": chunked" + END);
        refuse(400, "Host", "POST / HTTP/1.1\r\nHost: a\r\n " + HERE + "Transfer-Encoding: chunked" + END);
        refuse(400, "Transfer-Encoding", start + "Transfer-Encoding:\u000b" + HERE + "chunked" + END);
        refuse(400, "Transfer-Encoding", start + "Transfer-Encoding: chunked\n" + HERE + "X: y" + END);
        refuse(400, "X", start + "X: y\r" + "T" + HERE + "ransfer-Encoding: chunked" + END);
        refuse(400, null, start + "Transfer_Encoding\0" + HERE + ": chunked" + END);
    }

    static List<Arguments> refused() {
        return REFUSED;
    }

    @ParameterizedTest
    @MethodSource("refused")
    void shouldRefuseAtTheFirstByteThatIsWrong(int statusCode, String header, String marked) {
        final int here = marked.indexOf(HERE);
        final byte[] request = Heads.bytes(marked.replace(HERE, ""));
        final Heads.Machine machine = Heads.requests(HttpLimits.DEFAULTS);
        final Heads.Result result = Heads.whole(machine, request);

        assertEquals(DecodeStatus.VIOLATION, result.status());
        assertEquals(statusCode, result.violation().statusCode(), result.violation().message());
        assertEquals(header, result.violation().header(), result.violation().message());
        assertEquals(here, result.consumed(), result.violation().message());
        assertNull(result.head());
        assertEquals(0, machine.heldBytes());
        assertSameHoweverCut(machine, request, result);
    }

    static List<String> accepted() {
        final List<String> requests = new ArrayList<>(List.of(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nhOST:a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: \t a \t \r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nEmpty:\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nBlank: \t \r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: b \t c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: \u0080é\u00ff:,;\"\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n",
            "M!#$%&'*+-.^_`|~ / HTTP/1.1\r\nHost: a\r\n\r\n",
            "M".repeat(32) + " / HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a%20b/%C3%A9?x=%2F&y=1+2&&=&z HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET //a/../b/./ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /!\"$&'()*+,-./0:;<=>?@A[\\]^_`a{|}~ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a HTTP/1.1\r\nHost: b\r\n\r\n",
            "GET HTTPS://a:1?x HTTP/1.1\r\nHost: b\r\n\r\n",
            "GET ws://[::1]:3000/ws?x=/a HTTP/1.1\r\nHost: b\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 00012 \r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:CHUNKED\r\n\r\n"));
        for (String host : List.of("example.com", "EXAMPLE.com:80", "a:", "a:0", "a:65535", "127.0.0.1:3000", "[::1]", "[::1]:3000",
            "[::ffff:1.2.3.4]", "[::]", "[0::0]", "a_b", "a-b.c.", "~", "h".repeat(255), "h".repeat(255) + ":1")) {
            requests.add("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        }
        return requests;
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void shouldAcceptHoweverTheBytesAreCut(String request) {
        final Heads.Machine machine = Heads.requests(HttpLimits.DEFAULTS);
        final byte[] withMore = Heads.bytes(request + "GET /next HTTP/1.1\r\n");
        final Heads.Result result = Heads.whole(machine, withMore);

        assertEquals(DecodeStatus.COMPLETE, result.status(), () -> String.valueOf(result.violation()));
        assertEquals(request.length(), result.consumed());
        assertNotNull(result.head());
        assertEquals(0, machine.heldBytes());
        assertSameHoweverCut(machine, withMore, result);
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

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 40, 8192})
    void shouldTakeARequestLineUpToItsLimit(int limit) {
        final HttpLimits limits = new HttpLimits(limit, 100, 1000, 10);
        for (int length = limit - 1; length <= limit + 1; length++) {
            final String line = "GET /" + "a".repeat(length - 14) + " HTTP/1.1";
            final Heads.Result result = Heads.whole(Heads.requests(limits), Heads.bytes(line + "\r\nHost: a\r\n\r\n"));
            assertEquals(length, line.length());
            assertLimit(length <= limit, 414, null, limit + 1, result);
        }
    }

    @Test
    void shouldStopAtTheLimitOfTheRequestLineInEveryPartOfIt() {
        final HttpLimits limits = new HttpLimits(20, 100, 1000, 10);
        for (String line : List.of("M".repeat(30), "GET /" + "a".repeat(30), "GET /?" + "%41".repeat(30), "GET /12345678901 HTTP/1.1")) {
            assertLimit(false, 414, null, 21, Heads.whole(Heads.requests(limits), Heads.bytes(line)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 100, 8192})
    void shouldTakeAHeaderLineUpToItsLimit(int limit) {
        final HttpLimits limits = new HttpLimits(100, limit, 100_000, 10);
        final String start = "GET / HTTP/1.1\r\nHost: a\r\n";
        for (int length = limit - 1; length <= limit + 1; length++) {
            final String value = "X-Long: " + "a".repeat(length - 8);
            assertLimit(length <= limit, 431, "X-Long", start.length() + limit + 1,
                Heads.whole(Heads.requests(limits), Heads.bytes(start + value + "\r\n\r\n")));
            final String blanks = "X-Long:" + " ".repeat(length - 7);
            assertLimit(length <= limit, 431, "X-Long", start.length() + limit + 1,
                Heads.whole(Heads.requests(limits), Heads.bytes(start + blanks + "\r\n\r\n")));
            final String name = "n".repeat(length - 1) + ":";
            assertLimit(length <= limit, 431, length > limit ? "n".repeat(Math.min(64, limit)) : null, start.length() + limit + 1,
                Heads.whole(Heads.requests(limits), Heads.bytes(start + name + "\r\n\r\n")));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 100, 16384})
    void shouldTakeAllHeaderLinesUpToTheirLimit(int limit) {
        final HttpLimits limits = new HttpLimits(100, 100_000, limit, 5000);
        final String start = "GET / HTTP/1.0\r\n";
        for (int length = limit - 1; length <= limit + 1; length++) {
            final String one = "X: " + "a".repeat(length - 5) + "\r\n";
            assertLimit(length <= limit, 431, null, start.length() + limit + 1,
                Heads.whole(Heads.requests(limits), Heads.bytes(start + one + "\r\n")));
            final String many = "X:\r\n".repeat(length / 4 - 2) + "X:" + "a".repeat(length % 4) + "\r\n" + "Y:\r\n";
            assertEquals(length, many.length());
            assertLimit(length <= limit, 431, null, start.length() + limit + 1,
                Heads.whole(Heads.requests(limits), Heads.bytes(start + many + "\r\n")));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 17, 100})
    void shouldTakeAsManyHeaderLinesAsItsLimit(int limit) {
        final HttpLimits limits = new HttpLimits(100, 100, 10_000, limit);
        final String start = "GET / HTTP/1.0\r\n";
        for (int count = limit - 1; count <= limit + 1; count++) {
            final Heads.Result result = Heads.whole(Heads.requests(limits), Heads.bytes(start + "X: y\r\n".repeat(count) + "\r\n"));
            assertLimit(count <= limit, 431, null, start.length() + limit * 6 + 1, result);
        }
    }

    private static void assertLimit(boolean fits, int statusCode, String header, int failsAt, Heads.Result result) {
        if (fits) {
            assertEquals(DecodeStatus.COMPLETE, result.status(), () -> String.valueOf(result.violation()));
            return;
        }
        assertEquals(DecodeStatus.VIOLATION, result.status());
        assertEquals(statusCode, result.violation().statusCode());
        assertEquals(header, result.violation().header());
        assertEquals(failsAt, result.consumed());
    }

    @Test
    void shouldHoldOnlyWhatCameAndNothingBetweenRequests() {
        final HttpLimits limits = new HttpLimits(1000, 5000, 5000, 10);
        final RequestDecoder decoder = new RequestDecoder(limits);
        assertEquals(0, decoder.heldBytes());
        assertTrue(decoder.isIdle());
        final byte[] request = Heads.bytes("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\nX: " + "y".repeat(4900) + "\r\n\r\n");
        for (int i = 0; i < request.length - 1; i++) {
            decoder.decode(ByteBuffer.wrap(request), i, i + 1);
            assertFalse(decoder.isIdle());
            assertTrue(decoder.heldBytes() <= Math.min(limits.maxHeadBytes(), Math.max(256, 2 * (i + 1))), "at " + i);
            assertTrue(decoder.heldBytes() > i);
        }
        decoder.decode(ByteBuffer.wrap(request), request.length - 1, request.length);
        assertEquals(DecodeStatus.COMPLETE, decoder.status());
        assertEquals(0, decoder.heldBytes());
        assertFalse(decoder.isIdle());
        decoder.reset();
        assertTrue(decoder.isIdle());
        assertNull(decoder.head());
    }

    /** Counted by the JVM's own books. */
    @Test
    void shouldBeAFewDozenBytesWhileIdle() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final RequestDecoder[] decoders = new RequestDecoder[20_000];
        final HeadScratch scratch = new HeadScratch(HttpLimits.DEFAULTS);
        final long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < decoders.length; i++) {
            decoders[i] = new RequestDecoder(scratch);
        }
        final long each = (threads.getCurrentThreadAllocatedBytes() - before) / decoders.length;
        assertTrue(each <= 64, "bytes of a decoder: " + each);
        assertTrue(decoders[0].isIdle());
    }

    @Test
    void shouldStayIdleOverAnEmptyLine() {
        final RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);
        assertEquals(2, decoder.decode(ByteBuffer.wrap(Heads.bytes("\r\n")), 0, 2));
        assertTrue(decoder.isIdle());
        assertEquals(0, decoder.heldBytes());
    }

    @Test
    void shouldReadRequestAfterRequest() {
        final byte[] pipeline = Heads.bytes("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /2?x HTTP/1.0\r\n\r\nBAD\r\n");
        final ByteBuffer in = ByteBuffer.wrap(pipeline);
        final RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);

        int at = decoder.decode(in, 0, pipeline.length);
        final HttpRequestHead first = decoder.head();
        assertEquals(at, decoder.decode(in, at, pipeline.length), "nothing is read before the reset");
        decoder.reset();
        at = decoder.decode(in, at, pipeline.length);
        assertEquals("/2", decoder.head().path());
        assertEquals("/1", first.path(), "a head outlives its decoder's reset");
        decoder.reset();
        at = decoder.decode(in, at, pipeline.length);
        assertEquals(DecodeStatus.VIOLATION, decoder.status());
        assertEquals(at, decoder.decode(in, at, pipeline.length));
        assertEquals(0, in.position());
        assertEquals(pipeline.length, in.limit());
        decoder.reset();
        decoder.decode(in, 0, pipeline.length);
        assertEquals(Heads.describe(first), Heads.describe(decoder.head()));
    }

    @Test
    void shouldShareScratchWithOthers() {
        final HeadScratch scratch = new HeadScratch(HttpLimits.DEFAULTS);
        final RequestDecoder slow = new RequestDecoder(scratch);
        final RequestDecoder quick = new RequestDecoder(scratch);
        final byte[] slowRequest = Heads.bytes("GET /slow HTTP/1.1\r\nHost: slow\r\nX: 1\r\n\r\n");
        final String[] others = {"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "BAD\r\n",
            "GET /b HTTP/1.1\r\nHost: b\r\nY: " + "y".repeat(5000) + "\r\n\r\n"};
        for (int i = 0; i < slowRequest.length; i++) {
            slow.decode(ByteBuffer.wrap(slowRequest), i, i + 1);
            final byte[] other = Heads.bytes(others[i % others.length]);
            quick.decode(ByteBuffer.wrap(other), 0, other.length);
            final HttpRequestHead head = quick.head();
            assertEquals(i % others.length == 1, head == null);
            quick.reset();
            assertTrue(head == null || head.path().substring(1).equals(head.host()));
        }
        assertEquals(DecodeStatus.COMPLETE, slow.status());
        assertEquals("slow", slow.head().host());
        assertEquals(2, slow.head().fields().count());
    }

    @Test
    void shouldReadFromADirectBuffer() {
        final byte[] request = Heads.bytes("GET /direct HTTP/1.1\r\nHost: a\r\n\r\n");
        final ByteBuffer in = ByteBuffer.allocateDirect(request.length).put(request);
        final RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);
        assertEquals(request.length, decoder.decode(in, 0, request.length));
        assertEquals("/direct", decoder.head().path());
    }

    @Test
    void shouldNotSeeLaterChangesOfTheBuffer() {
        final byte[] request = Heads.bytes("GET / HTTP/1.1\r\nHost: a\r\nX: before\r\n\r\n");
        final byte[] shared = request.clone();
        final RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);
        decoder.decode(ByteBuffer.wrap(shared), 0, shared.length);
        Arrays.fill(shared, (byte) 'z');
        assertEquals("before", decoder.head().header("X"));
        assertArrayEquals(new String[] {"Host", "X"}, decoder.head().headerNames().toArray());
    }

    /** A machine that looked back would need hours for this. */
    @Test
    void shouldNeedTimeLinearInTheBytes() {
        final int megabytes = 8 * 1024 * 1024;
        final HttpLimits limits = new HttpLimits(megabytes, megabytes, megabytes, 10_000);
        final List<String> requests = List.of(
            "GET /" + "%41".repeat(2_000_000) + "?" + "a=b&".repeat(400_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a ".repeat(3_500_000) + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n" + ("X: " + "a".repeat(700) + "\r\n").repeat(9_999) + "\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + ",".repeat(8_000_000) + "chunked\r\n\r\n");
        for (String request : requests) {
            final byte[] bytes = Heads.bytes(request);
            assertTimeout(Duration.ofSeconds(60), () -> {
                final Heads.Result result = Heads.byteByByte(Heads.requests(limits), bytes);
                assertEquals(bytes.length, result.consumed());
            });
        }
    }

    @Test
    void shouldHintAtTlsOnAPlainPort() {
        final byte[] clientHello = {0x16, 0x03, 0x01, 0x02, 0x00};
        final RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);
        decoder.decode(ByteBuffer.wrap(clientHello), 0, clientHello.length);
        assertTrue(decoder.violation().message().contains("TLS"));
    }

    @Test
    void shouldTellMethodAndPathAsSoonAsTheyAreRead() {
        RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);
        feed(decoder, "GET /a%20b?c");
        assertNull(decoder.method());
        assertNull(decoder.path());
        feed(decoder, " ");
        assertEquals("GET", decoder.method());
        assertEquals("/a b", decoder.path());
        feed(decoder, "HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals(DecodeStatus.COMPLETE, decoder.status());
        assertEquals("/a b", decoder.path(), "until the next reset");
        decoder.reset();
        assertNull(decoder.method());
        assertNull(decoder.path());
        feed(decoder, "PUT /c HTTP/1.1\r\nHost : a");
        assertEquals(DecodeStatus.VIOLATION, decoder.status());
        assertEquals("PUT /c", decoder.method() + " " + decoder.path(), "whose header is bad");
        decoder.reset();
        feed(decoder, "GET /%00 ");
        assertEquals(DecodeStatus.VIOLATION, decoder.status());
        assertEquals("GET", decoder.method());
        assertNull(decoder.path(), "it is none");
    }

    private static void feed(RequestDecoder decoder, String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        decoder.decode(ByteBuffer.wrap(bytes), 0, bytes.length);
    }
}
