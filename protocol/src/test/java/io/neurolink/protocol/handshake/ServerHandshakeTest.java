package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerHandshakeTest {
    private static final String UPGRADE = "Upgrade: websocket";
    private static final String CONNECTION = "Connection: Upgrade";
    private static final String VERSION = "Sec-WebSocket-Version: 13";
    private static final String KEY = "Sec-WebSocket-Key: " + Heads.KEY;

    private static String handshake(String... headerLines) {
        return "GET /ws HTTP/1.1\r\nHost: a\r\n" + Heads.lines(headerLines) + "\r\n";
    }

    private static String full(String... more) {
        return handshake(UPGRADE, CONNECTION, VERSION, KEY, String.join("\r\n", more)).replace("\r\n\r\n\r\n", "\r\n\r\n");
    }

    private static UpgradeOffer offer(String request) {
        return assertInstanceOf(UpgradeOffer.class, ServerHandshake.validate(Heads.request(request)));
    }

    static List<String> accepted() {
        final List<String> requests = new ArrayList<>(List.of(
            full(),
            full("Origin: null"),
            full("Content-Length: 0"),
            full("Sec-WebSocket-Extensions: constructor; __proto__=1"),
            full().replace("GET /ws", "GET ws://a/ws?x=1")));
        for (String upgrade : List.of("WebSocket", "WEBSOCKET", "h2c, websocket", "websocket,h2c", " websocket ")) {
            requests.add(full().replace(UPGRADE, "Upgrade: " + upgrade));
        }
        for (String connection : List.of("upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,keep-alive",
            "keep-alive\r\nConnection: upgrade",
            ",upgrade,")) {
            requests.add(full().replace(CONNECTION, "Connection: " + connection));
        }
        for (String key : List.of("AAAAAAAAAAAAAAAAAAAAAA==", "++++++++++//////////AA==", "/w8PDw8PDw8PDw8PDw8PDw==",
            "zzzzzzzzzzzzzzzzzzzzzz==")) {
            requests.add(full().replace(Heads.KEY, key));
        }
        requests.add("GET /ws HTTP/1.1\r\nHOST:a\r\nUPGRADE:WEBSOCKET\r\nCONNECTION:UPGRADE\r\n"
            + "SEC-WEBSOCKET-VERSION:13\r\nSEC-WEBSOCKET-KEY:" + Heads.KEY + "\r\n\r\n");
        return requests;
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void shouldAccept(String request) {
        assertTrue(ServerHandshake.isUpgradeRequest(Heads.request(request)));
        final String key = Heads.request(request).header("sec-websocket-key");
        assertEquals(key, offer(request).key());
    }

    static List<Arguments> refused() {
        final List<Arguments> cases = new ArrayList<>();
        for (String method : List.of("POST", "HEAD", "OPTIONS", "PUT", "get", "Get", "GETX")) {
            cases.add(Arguments.of(405, null, "A WebSocket handshake must be a GET request", full().replace("GET", method)));
        }
        cases.add(Arguments.of(400, null, "A WebSocket handshake needs HTTP/1.1, got HTTP/1.0", full().replace("HTTP/1.1", "HTTP/1.0")));
        cases.add(Arguments.of(400, "Content-Length", "A WebSocket handshake must not have a body", full("Content-Length: 1")));
        cases.add(Arguments.of(400, "Transfer-Encoding", "A WebSocket handshake must not have a body", full("Transfer-Encoding: chunked")));
        cases.add(Arguments.of(426, "Upgrade", "Upgrade is missing; it must name websocket", handshake(CONNECTION, VERSION, KEY)));
        for (String upgrade : List.of("", "h2c", "websockets", "web socket", "websocket/13", "\"websocket\"", "websocket;x")) {
            cases.add(Arguments.of(426, "Upgrade", "Upgrade must name websocket", full().replace(UPGRADE, "Upgrade: " + upgrade)));
        }
        cases.add(Arguments.of(400, "Connection", "Connection is missing; it must list upgrade", handshake(UPGRADE, VERSION, KEY)));
        for (String connection : List.of("", "keep-alive", "close", "upgraded", "up grade", "keep-alive Upgrade", "\"upgrade\"")) {
            cases.add(Arguments.of(400, "Connection", "Connection must list upgrade", full().replace(CONNECTION,
                "Connection: " + connection)));
        }
        cases.add(Arguments.of(426, "Sec-WebSocket-Version", "Sec-WebSocket-Version is missing; it must be 13",
            handshake(UPGRADE, CONNECTION, KEY)));
        for (String version : List.of("", "0", "7", "8", "12", "14", "013", "13.0", "13, 8", "+13", "xiii", "13 13")) {
            cases.add(Arguments.of(426, "Sec-WebSocket-Version", "Sec-WebSocket-Version must be 13",
                full().replace(VERSION, "Sec-WebSocket-Version: " + version)));
        }
        cases.add(Arguments.of(400, "Sec-WebSocket-Version", "Sec-WebSocket-Version must not be sent more than once", full(VERSION)));
        addKeys(cases);
        addSubprotocols(cases);
        addExtensions(cases);
        return cases;
    }

    private static void addKeys(List<Arguments> cases) {
        cases.add(Arguments.of(400, "Sec-WebSocket-Key", "Sec-WebSocket-Key is missing", handshake(UPGRADE, CONNECTION, VERSION)));
        cases.add(Arguments.of(400, "Sec-WebSocket-Key", "Sec-WebSocket-Key must not be sent more than once", full(KEY)));
        for (String key : List.of("AAA", "AAAA=", "====", "AAA=AAAA", "A===", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZQ= =", "dGhl IHNhbXBsZSBub25jZ==", "dGhlIHNhbXBsZSBub25j-_==", "dGhlIHNhbXBsZSBub25jé===",
            "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "******")) {
            cases.add(Arguments.of(400, "Sec-WebSocket-Key",
                "Sec-WebSocket-Key must be 16 bytes in base64, got something that is not base64", full().replace(Heads.KEY, key)));
        }
        for (int bytes : List.of(0, 1, 3, 14, 15, 17, 18, 20, 24, 1000)) {
            final String key = Base64.getEncoder().encodeToString(new byte[bytes]);
            cases.add(Arguments.of(400, "Sec-WebSocket-Key",
                "Sec-WebSocket-Key must be 16 bytes in base64, got " + bytes + (bytes == 1 ? " byte" : " bytes"), full().replace(Heads.KEY,
                    key)));
        }
    }

    private static void addSubprotocols(List<Arguments> cases) {
        final String name = "Sec-WebSocket-Protocol";
        for (String bad : List.of("a b", "a, b c", "a/b", "\"a\"", "a;b", "é", "a, (", "bearer.ab==", "a:b")) {
            cases.add(Arguments.of(400, name, name + " must be a list of tokens", full(name + ": " + bad)));
        }
        for (String empty : List.of("", ",", " , ,")) {
            cases.add(Arguments.of(400, name, name + " must not be empty", full(name + ": " + empty)));
        }
        for (String twice : List.of("a, a", "a,b,a", "a\r\n" + name + ": a")) {
            cases.add(Arguments.of(400, name, name + " must not list a subprotocol twice", full(name + ": " + twice)));
        }
        final String many = String.join(",", IntStream.range(0, 65).mapToObj(i -> "p" + i).toList());
        cases.add(Arguments.of(400, name, name + " must not list more than 64 subprotocols", full(name + ": " + many)));
    }

    private static void addExtensions(List<Arguments> cases) {
        final String name = "Sec-WebSocket-Extensions";
        final String message = name + " must be a list of at most 32 extensions with their parameters";
        for (String bad : List.of("", ",", "a b", "a;", "a; b=", "a; b=\"", "a; =1", "a;;b", "a=b", ";a", "a; b=\"\"", "a; b=\"c d\"", "é",
            String.join(",", Collections.nCopies(33, "x")), "a" + ";p".repeat(17))) {
            cases.add(Arguments.of(400, name, message, full(name + ": " + bad)));
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void shouldRefuseAndNameTheFault(int statusCode, String header, String message, String request) {
        final HttpRequestHead head = Heads.request(request);
        final HandshakeViolation violation = assertInstanceOf(HandshakeViolation.class, ServerHandshake.validate(head));
        assertEquals(statusCode, violation.statusCode());
        assertEquals(header, violation.header());
        assertEquals(message, violation.message());
        assertTrue(ServerHandshake.isUpgradeRequest(head), "also a bad attempt is an attempt");
        assertAnswerHelps(violation);
    }

    private static void assertAnswerHelps(HandshakeViolation violation) {
        final String answer = new String(HttpResponseEncoder.encodeRefusal(violation, null), StandardCharsets.UTF_8);
        assertTrue(answer.startsWith("HTTP/1.1 " + violation.statusCode() + " "), answer);
        assertTrue(answer.contains("\"message\":\"" + violation.message() + "\""), answer);
        assertEquals(violation.statusCode() == 405, answer.contains("\r\nAllow: GET\r\n"), answer);
        assertEquals(violation.statusCode() == 426, answer.contains("\r\nSec-WebSocket-Version: 13\r\n"), answer);
        assertEquals(violation.statusCode() == 426, answer.contains("\r\nUpgrade: websocket\r\n"), answer);
        assertEquals(violation.statusCode() == 426, answer.contains("\r\nConnection: Upgrade, close\r\n"), answer);
        assertEquals(violation.header() != null, answer.contains("\"header\":\"" + violation.header() + "\""), answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "X: websocket", "Upgrade: h2c", "Connection: Upgrade", "Sec-WebSocket-Protocol: a"})
    void shouldKnowPlainRequests(String line) {
        final String[] lines = line.isEmpty() ? new String[0] : new String[] {line};
        assertFalse(ServerHandshake.isUpgradeRequest(Heads.get("/ws", lines)));
    }

    @ParameterizedTest
    @ValueSource(strings = {UPGRADE, VERSION, KEY, "upgrade: h2c, WebSocket", "sec-websocket-key:"})
    void shouldKnowAttemptsByAnyOfTheirHeaders(String line) {
        assertTrue(ServerHandshake.isUpgradeRequest(Heads.get("/ws", line)));
    }

    @Test
    void shouldGiveWhatIsOfferedInOrder() {
        final UpgradeOffer offer = offer(full("Sec-WebSocket-Protocol: b, a", "Sec-WebSocket-Extensions: x; p=1, y",
            "Sec-WebSocket-Protocol: B,c", "Sec-WebSocket-Extensions: x"));
        assertEquals(List.of("b", "a", "B", "c"), offer.subprotocols());
        assertEquals("x; p=1, y, x", ExtensionOffer.format(offer.extensions()));
        assertEquals("a", offer.chooseSubprotocol(List.of("z", "a", "b")));
        assertNull(offer.chooseSubprotocol(List.of("A")));
        assertNull(offer.chooseSubprotocol(List.of()));
    }

    @Test
    void shouldTakeAsManySubprotocolsAsItsLimit() {
        final List<String> names = IntStream.range(0, ServerHandshake.MAX_SUBPROTOCOLS).mapToObj(i -> "p" + i).toList();
        assertEquals(names, offer(full("Sec-WebSocket-Protocol: " + String.join(",", names))).subprotocols());
    }

    @Test
    void shouldPrintNoSubprotocol() {
        final UpgradeOffer offer = offer(full("Sec-WebSocket-Protocol: v1, bearer.c2VjcmV0"));
        assertFalse(offer.toString().contains("c2VjcmV0"), offer.toString());
    }
}
