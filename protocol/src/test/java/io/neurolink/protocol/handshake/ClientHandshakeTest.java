package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClientHandshakeTest {
    /** Makes the key of the RFC's example. */
    private static final RandomGenerator RFC_NONCE = new Random() {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy("the sample nonce".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, bytes.length);
        }
    };

    private static final String ACCEPT = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    private static final String RESPONSE =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + ACCEPT + "\r\n";

    private static ClientHandshake plain() {
        return ClientHandshake.builder("a", "/").build(RFC_NONCE);
    }

    private static ClientHandshake offering() {
        return ClientHandshake.builder("a", "/").subprotocols("p", "q")
            .extension(ExtensionOffer.parse("x; n").get(0)).extension(ExtensionOffer.parse("y").get(0)).build(RFC_NONCE);
    }

    private static String with(String... lines) {
        return RESPONSE.substring(0, RESPONSE.length() - 2) + Heads.lines(lines) + "\r\n";
    }

    @Test
    void shouldWriteTheRequest() {
        final ClientHandshake handshake = ClientHandshake.builder("example.com:3000", "/ws?a=b")
            .subprotocols("neurolink.agent.v1", "other")
            .extension(ExtensionOffer.parse("permessage-deflate; client_max_window_bits; server_max_window_bits=10").get(0))
            .extension(ExtensionOffer.parse("y").get(0))
            .origin("http://example.com:3000")
            .header("Authorization", "Bearer t")
            .build(RFC_NONCE);
        assertEquals("""
            GET /ws?a=b HTTP/1.1\r
            Host: example.com:3000\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Protocol: neurolink.agent.v1, other\r
            Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10, y\r
            Origin: http://example.com:3000\r
            Authorization: Bearer t\r
            \r
            """, new String(handshake.request(), StandardCharsets.ISO_8859_1));
        assertEquals("dGhlIHNhbXBsZSBub25jZQ==", handshake.key());
    }

    @Test
    void shouldUseANewKeyOfSixteenBytesEachTime() {
        final SecureRandom random = new SecureRandom();
        final String first = ClientHandshake.builder("a", "/").build(random).key();
        final String second = ClientHandshake.builder("a", "/").build(random).key();
        assertNotEquals(first, second);
        assertEquals(16, Base64.getDecoder().decode(first).length);
    }

    @Test
    void shouldHandOutACopyOfTheRequest() {
        final ClientHandshake handshake = plain();
        handshake.request()[0] = 'X';
        assertEquals('G', handshake.request()[0]);
    }

    static List<Arguments> accepted() {
        return List.of(
            Arguments.of(RESPONSE, new UpgradeAgreement(null, List.of())),
            Arguments.of(RESPONSE.replace("Switching Protocols", ""), new UpgradeAgreement(null, List.of())),
            Arguments.of(RESPONSE.replace(": websocket", ": WebSocket").replace(": Upgrade", ": x, upgrade"), new UpgradeAgreement(null,
                List.of())),
            Arguments.of(with("Sec-WebSocket-Protocol: q", "X: y"), new UpgradeAgreement("q", List.of())),
            Arguments.of(with("Sec-WebSocket-Protocol: p", "Sec-WebSocket-Extensions: y, x; m=\"1\""),
                new UpgradeAgreement("p", ExtensionOffer.parse("y, x; m=1"))),
            Arguments.of(with("Sec-WebSocket-Extensions: x", "Sec-WebSocket-Extensions: y"),
                new UpgradeAgreement(null, ExtensionOffer.parse("x, y"))));
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void shouldAccept(String response, UpgradeAgreement expected) {
        assertEquals(expected, offering().validate(Heads.response(response)));
    }

    static List<Arguments> refused() {
        final List<Arguments> cases = new ArrayList<>();
        for (String status : List.of("100", "200", "204", "301", "400", "401", "403", "426", "503")) {
            cases.add(Arguments.of(null, "The server answered " + status + " instead of 101", RESPONSE.replace("101", status)));
        }
        cases.add(Arguments.of(null, "The server answered with HTTP/1.0", RESPONSE.replace("HTTP/1.1", "HTTP/1.0")));
        for (String upgrade : List.of("", "Upgrade: h2c\r\n", "Upgrade: websocket, h2c\r\n", "Upgrade:\r\n",
            "Upgrade: websocket\r\nUpgrade: x\r\n")) {
            cases.add(Arguments.of("Upgrade", "Upgrade must be websocket", RESPONSE.replace("Upgrade: websocket\r\n", upgrade)));
        }
        for (String connection : List.of("", "Connection: close\r\n", "Connection: upgraded\r\n", "Connection:\r\n")) {
            cases.add(Arguments.of("Connection", "Connection must list upgrade", RESPONSE.replace("Connection: Upgrade\r\n", connection)));
        }
        final String accept = "Sec-WebSocket-Accept";
        cases.add(Arguments.of(accept, accept + " is missing", RESPONSE.replace(ACCEPT, "")));
        for (String bad : List.of("", Heads.KEY, "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo= x")) {
            cases.add(Arguments.of(accept, accept + " does not answer the key that was sent",
                RESPONSE.replace("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", bad)));
        }
        cases.add(Arguments.of(accept, accept + " does not answer the key that was sent", RESPONSE.replace(ACCEPT, ACCEPT + ACCEPT)));
        final String protocol = "Sec-WebSocket-Protocol";
        for (String bad : List.of("", "r", "P", "p, q", "p\r\nSec-WebSocket-Protocol: p", "p q")) {
            cases.add(Arguments.of(protocol, protocol + " must be one of the subprotocols that were offered", with(protocol + ": " + bad)));
        }
        final String extensions = "Sec-WebSocket-Extensions";
        for (String bad : List.of("", ",", "x;", "x y", "x; a=\"b", "=")) {
            cases.add(Arguments.of(extensions, extensions + " must be a list of extensions with their parameters",
                with(extensions + ": " + bad)));
        }
        for (String bad : List.of("z", "x, z", "X", "x, x", "x, y, x", "constructor")) {
            cases.add(Arguments.of(extensions, extensions + " must list extensions that were offered, each once",
                with(extensions + ": " + bad)));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("refused")
    void shouldNameTheFault(String header, String message, String response) {
        assertEquals(new HandshakeViolation(HandshakeViolation.NO_ANSWER, header, message, List.of()),
            offering().validate(Heads.response(response)));
    }

    @Test
    void shouldRefuseWhatItDidNotOffer() {
        assertInstanceOf(UpgradeAgreement.class, plain().validate(Heads.response(RESPONSE)));
        assertInstanceOf(HandshakeViolation.class, plain().validate(Heads.response(with("Sec-WebSocket-Protocol: p"))));
        assertInstanceOf(HandshakeViolation.class, plain().validate(Heads.response(with("Sec-WebSocket-Extensions: x"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\r\nX: y", "a/b", "u@a", "a:x", "[::1", "é"})
    void shouldNotBuildFromABadHost(String host) {
        assertThrows(IllegalArgumentException.class, () -> ClientHandshake.builder(host, "/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "/a b", "/\r\nX: y", "/#f", "/é", "http://a/", "*", "/\u007f", "/\0"})
    void shouldNotBuildFromABadTarget(String target) {
        assertThrows(IllegalArgumentException.class, () -> ClientHandshake.builder("a", target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "host", "Upgrade", "Connection", "Sec-WebSocket-Key", "sec-websocket-foo", "Content-Length",
        "Transfer-Encoding", "", "a b", "a:", "é"})
    void shouldNotBuildFromABadHeaderName(String name) {
        final ClientHandshake.Builder builder = ClientHandshake.builder("a", "/");
        assertThrows(IllegalArgumentException.class, () -> builder.header(name, "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a,b", "é", "a\r\n"})
    void shouldNotBuildFromABadSubprotocol(String name) {
        final ClientHandshake.Builder builder = ClientHandshake.builder("a", "/");
        assertThrows(IllegalArgumentException.class, () -> builder.subprotocols(name));
    }

    @Test
    void shouldNotOfferASubprotocolTwice() {
        final ClientHandshake.Builder builder = ClientHandshake.builder("a", "/").subprotocols("a");
        assertThrows(IllegalArgumentException.class, () -> builder.subprotocols("b", "a"));
    }
}
