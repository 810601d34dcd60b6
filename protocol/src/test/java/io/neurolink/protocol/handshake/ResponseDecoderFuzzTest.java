package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** As {@link RequestDecoderFuzzTest}, for what a server answers; a client then has an opinion on every head. */
final class ResponseDecoderFuzzTest {
    private static final ClientHandshake CLIENT = ClientHandshake.builder("a", "/").subprotocols("p", "q")
        .extension(ExtensionOffer.parse("permessage-deflate; client_max_window_bits").get(0)).build(new Random(1));

    @FuzzTest
    void shouldSayTheSameHoweverTheBytesAreCut(byte[] data) {
        if (data.length < 2) {
            return;
        }
        final HttpLimits limits = HeadFuzz.limits(data[0]);
        final byte[] input = Arrays.copyOfRange(data, 2, data.length);
        final Heads.Result result = HeadFuzz.compare(Heads.responses(limits), limits, input, data[1]);
        if (result.status() == DecodeStatus.VIOLATION) {
            assertEquals(HandshakeViolation.NO_ANSWER, result.violation().statusCode());
        } else if (result.status() == DecodeStatus.COMPLETE) {
            final ResponseDecoder decoder = new ResponseDecoder(limits);
            HeadFuzz.decode(decoder::decode, input);
            checkHead(decoder.head(), new String(input, 0, result.consumed(), StandardCharsets.ISO_8859_1));
        }
    }

    private static void checkHead(HttpResponseHead head, String bytes) {
        HeadFuzz.checkLines(bytes);
        assertTrue(head.statusCode() >= 100 && head.statusCode() <= 599);
        final String line = "HTTP/1." + (head.isHttp11() ? 1 : 0) + " " + head.statusCode() + " " + head.reason() + "\r\n";
        final HttpResponseHead again = Heads.response(line + HeadFuzz.write(head.fields()));
        assertEquals(Heads.describe(head), Heads.describe(again), "what was read can be written and read again");
        if (CLIENT.validate(head) instanceof UpgradeAgreement agreement) {
            assertEquals(AcceptKey.compute(CLIENT.key()), head.header("Sec-WebSocket-Accept"));
            assertTrue(agreement.subprotocol() == null || "pq".contains(agreement.subprotocol()));
            assertTrue(agreement.extensions().size() <= 1);
        }
    }
}
