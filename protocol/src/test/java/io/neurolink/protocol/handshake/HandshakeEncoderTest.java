package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HandshakeEncoderTest {
    @Test
    void shouldComputeKnownAccepts() {
        assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", AcceptKey.compute("dGhlIHNhbXBsZSBub25jZQ=="));
        assertEquals("HSmrc0sMlYUkAGmm5OPpG2HaGWk=", AcceptKey.compute("x3JJHMbDL1EzLkh9GBhXDw=="));
    }

    @Test
    void shouldWriteEverythingAgreed() {
        assertEquals("""
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            Sec-WebSocket-Protocol: p\r
            Sec-WebSocket-Extensions: x; y=1\r
            X-Node: 7\r
            \r
            """, new String(HandshakeEncoder.switchingProtocols(Heads.KEY, "p", "x; y=1", List.of(new HttpField("X-Node", "7"))),
            StandardCharsets.ISO_8859_1));
    }

    @Test
    void shouldLeaveOutWhatWasNotAgreed() {
        final byte[] bare = HandshakeEncoder.switchingProtocols(Heads.KEY, null, null, List.of());
        assertEquals(new String(bare, StandardCharsets.ISO_8859_1),
            new String(HandshakeEncoder.switchingProtocols(Heads.KEY, null, "", List.of()), StandardCharsets.ISO_8859_1));
        assertEquals(List.of("Upgrade", "Connection", "Sec-WebSocket-Accept"),
            Heads.response(new String(bare, StandardCharsets.ISO_8859_1)).headerNames());
    }

    @Test
    void shouldAnswerOneRequestAfterTheOther() {
        final HandshakeEncoder encoder = new HandshakeEncoder();
        final ByteBuffer answer = ByteBuffer.allocateDirect(512);
        for (String subprotocol : new String[] {"a-long-subprotocol", null, "p"}) {
            final byte[] bytes = new byte[encoder.encode(answer, 3, Heads.KEY, subprotocol, "x; y=1")];
            answer.get(3, bytes);
            assertEquals(new String(HandshakeEncoder.switchingProtocols(Heads.KEY, subprotocol, "x; y=1", List.of()),
                StandardCharsets.ISO_8859_1), new String(bytes, StandardCharsets.ISO_8859_1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a,b", "a\r\nX: y"})
    void shouldNotWriteABadSubprotocol(String subprotocol) {
        assertThrows(IllegalArgumentException.class,
            () -> HandshakeEncoder.switchingProtocols(Heads.KEY, subprotocol, null, List.of()));
    }

    @Test
    void shouldNotWriteExtensionsThatBreakTheirLine() {
        assertThrows(IllegalArgumentException.class,
            () -> HandshakeEncoder.switchingProtocols(Heads.KEY, null, "x\r\nX: y", List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Upgrade", "connection", "Sec-WebSocket-Accept", "SEC-WEBSOCKET-EXTENSIONS", "sec-websocket-", "Content-Length",
        "Transfer-Encoding"})
    void shouldNotLetItsOwnHeadersBeSet(String name) {
        final List<HttpField> headers = List.of(new HttpField(name, "x"));
        assertThrows(IllegalArgumentException.class, () -> HandshakeEncoder.switchingProtocols(Heads.KEY, null, null, headers));
    }
}
