package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Whatever the bytes and however they are cut: the same result at the same byte, a named violation or a head that can be written and read
 * again, bounded memory, and never an exception. The first byte of an input chooses the limits, the second seeds the cuts.
 */
final class RequestDecoderFuzzTest {
    @FuzzTest
    void shouldSayTheSameHoweverTheBytesAreCut(byte[] data) {
        if (data.length < 2) {
            return;
        }
        final HttpLimits limits = HeadFuzz.limits(data[0]);
        final byte[] input = Arrays.copyOfRange(data, 2, data.length);
        final Heads.Result result = HeadFuzz.compare(Heads.requests(limits), limits, input, data[1]);
        if (result.status() == DecodeStatus.VIOLATION) {
            checkViolation(result.violation());
        } else if (result.status() == DecodeStatus.COMPLETE) {
            final RequestDecoder decoder = new RequestDecoder(limits);
            HeadFuzz.decode(decoder::decode, input);
            checkHead(decoder.head(), new String(input, 0, result.consumed(), StandardCharsets.ISO_8859_1));
        }
    }

    private static void checkViolation(HandshakeViolation violation) {
        assertTrue(Set.of(400, 414, 431, 501, 505).contains(violation.statusCode()), violation.toString());
        assertTrue(HttpResponseEncoder.encodeRefusal(violation, null).length < 1000);
    }

    private static void checkHead(HttpRequestHead head, String bytes) {
        HeadFuzz.checkLines(bytes);
        final String again = head.method() + " " + head.target() + " " + head.version() + "\r\n" + HeadFuzz.write(head.fields());
        assertEquals(Heads.describe(head), Heads.describe(Heads.request(again)), "what was read can be written and read again");
        assertEquals(head.target(), head.redactedTarget(Set.of()));
        assertFalse(head.path().contains("\0"));
        assertTrue(head.target().contains(head.rawPath()) || head.rawPath().equals("/"));
        checkAnswers(head);
    }

    /** None of these may fail on a head the decoder accepted. */
    private static void checkAnswers(HttpRequestHead head) {
        for (String name : head.headerNames()) {
            assertEquals(head.header(name), head.headers(name).get(0));
            head.headerTokens(name);
            head.cookie(name);
            head.queryParameter(name);
        }
        final String redacted = head.method() + " " + head.redactedTarget(Set.of("token")) + " HTTP/1.0\r\n\r\n";
        final String token = Heads.request(redacted).queryParameter("token");
        assertTrue(token == null || token.isEmpty() || token.equals("***"));
        head.keepAlive();
        head.expectsContinue();
        Origins.isSameHost(head.header("Origin"), head.host());
        ServerHandshake.isUpgradeRequest(head);
        if (ServerHandshake.validate(head) instanceof HandshakeViolation violation) {
            assertTrue(Set.of(400, 405, 426).contains(violation.statusCode()), violation.toString());
            HttpResponseEncoder.encodeRefusal(violation, null);
        } else {
            final UpgradeOffer offer = assertInstanceOf(UpgradeOffer.class, ServerHandshake.validate(head));
            HandshakeEncoder.switchingProtocols(offer.key(), offer.chooseSubprotocol(offer.subprotocols()),
                ExtensionOffer.format(offer.extensions()), List.of());
        }
    }
}
