package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HandshakeRoundTripTest {
    /** The example of RFC 6455 section 1.3. */
    private static final String RFC_REQUEST = """
        GET /chat HTTP/1.1\r
        Host: server.example.com\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Origin: http://example.com\r
        Sec-WebSocket-Protocol: chat, superchat\r
        Sec-WebSocket-Version: 13\r
        \r
        """;

    private static final String RFC_RESPONSE = """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
        Sec-WebSocket-Protocol: chat\r
        \r
        """;

    @Test
    void shouldAnswerTheExampleOfTheRfcWithItsAnswer() {
        final HttpRequestHead head = decodeRequest(RFC_REQUEST.getBytes(StandardCharsets.US_ASCII));
        final UpgradeOffer offer = assertInstanceOf(UpgradeOffer.class, ServerHandshake.validate(head));

        assertEquals(List.of("chat", "superchat"), offer.subprotocols());
        final byte[] answer = HandshakeEncoder.switchingProtocols(offer.key(), "chat", null, List.of());
        assertEquals(RFC_RESPONSE, new String(answer, StandardCharsets.US_ASCII));
    }

    @Test
    void shouldOpenBetweenOurClientAndOurServer() {
        final ExtensionOffer deflate = ExtensionOffer.parse("permessage-deflate; client_max_window_bits").get(0);
        final ClientHandshake client = ClientHandshake.builder("[::1]:3000", "/ws/agent?token=a%20b")
            .subprotocols("neurolink.agent.v1", "bearer.abc")
            .extension(deflate)
            .origin("http://[::1]:3000")
            .header("X-Trace", "1")
            .build(new Random(1));

        final HttpRequestHead head = decodeRequest(client.request());
        final UpgradeOffer offer = assertInstanceOf(UpgradeOffer.class, ServerHandshake.validate(head));
        assertEquals("/ws/agent", head.path());
        assertEquals("a b", head.queryParameter("token"));
        assertEquals(client.key(), offer.key());
        assertEquals(List.of("neurolink.agent.v1", "bearer.abc"), offer.subprotocols());
        assertEquals(List.of(deflate), offer.extensions());

        final byte[] answer = HandshakeEncoder.switchingProtocols(
            offer.key(), "neurolink.agent.v1", "permessage-deflate", List.of(new HttpField("X-Node", "7")));
        final ResponseDecoder decoder = new ResponseDecoder(HttpLimits.DEFAULTS);
        assertEquals(answer.length, decoder.decode(ByteBuffer.wrap(answer), 0, answer.length));
        final UpgradeAgreement agreement = assertInstanceOf(UpgradeAgreement.class, client.validate(decoder.head()));
        assertEquals(new UpgradeAgreement("neurolink.agent.v1", ExtensionOffer.parse("permessage-deflate")), agreement);
    }

    private static HttpRequestHead decodeRequest(byte[] request) {
        final RequestDecoder decoder = new RequestDecoder(HttpLimits.DEFAULTS);
        assertEquals(request.length, decoder.decode(ByteBuffer.wrap(request), 0, request.length));
        assertEquals(DecodeStatus.COMPLETE, decoder.status());
        return decoder.head();
    }
}
