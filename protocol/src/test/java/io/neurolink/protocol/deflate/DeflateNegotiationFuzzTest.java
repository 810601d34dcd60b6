package io.neurolink.protocol.deflate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.neurolink.protocol.handshake.ExtensionOffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whatever header a peer sends: what is agreed on is allowed by what was sent and by what is wanted, and the other side reads it in the
 * same way. The first two bytes of an input choose what is wanted, the rest is the header.
 */
final class DeflateNegotiationFuzzTest {
    @FuzzTest
    void shouldAgreeOnWhatBothAllow(byte[] data) {
        if (data.length < 2) {
            return;
        }
        DeflateParameters wanted =
                new DeflateParameters((data[0] & 1) != 0, (data[0] & 2) != 0, 8 + (data[1] & 7), 8 + (data[1] >> 3 & 7));
        String line = new String(data, 2, data.length - 2, StandardCharsets.ISO_8859_1);
        List<ExtensionOffer> extensions = ExtensionOffer.tryParse(List.of(line));
        if (extensions != null) {
            checkServer(extensions, wanted);
            extensions.stream().filter(one -> one.name().equals(DeflateNegotiation.EXTENSION_NAME))
                    .forEach(response -> checkClient(response, wanted));
        }
    }

    private static void checkServer(List<ExtensionOffer> offers, DeflateParameters wanted) {
        ExtensionOffer first = offers.stream().filter(DeflateNegotiationFuzzTest::isGoodOffer).findFirst().orElse(null);
        DeflateNegotiation.Agreement agreement = DeflateNegotiation.accept(offers, wanted);
        assertEquals(first != null, agreement != null);
        if (first == null) {
            return;
        }
        DeflateParameters agreed = agreement.parameters();
        assertEquals(wanted.serverNoContextTakeover() || first.hasParameter("server_no_context_takeover"),
                agreed.serverNoContextTakeover());
        assertEquals(wanted.clientNoContextTakeover() || first.hasParameter("client_no_context_takeover"),
                agreed.clientNoContextTakeover());
        assertEquals(Math.min(wanted.serverMaxWindowBits(), bits(first, "server_max_window_bits")), agreed.serverMaxWindowBits());
        boolean mayLimit = first.hasParameter("client_max_window_bits");
        assertEquals(mayLimit ? Math.min(wanted.clientMaxWindowBits(), bits(first, "client_max_window_bits")) : 15,
                agreed.clientMaxWindowBits());
        assertTrue(mayLimit || !agreement.response().hasParameter("client_max_window_bits"), "only if offered");
        assertEquals(agreement.response(), ExtensionOffer.parse(agreement.response().toString()).get(0));
        assertEquals(agreed, DeflateNegotiation.check(agreement.response(), new DeflateParameters(
                first.hasParameter("server_no_context_takeover"), first.hasParameter("client_no_context_takeover"),
                bits(first, "server_max_window_bits"), bits(first, "client_max_window_bits"))));
    }

    private static void checkClient(ExtensionOffer response, DeflateParameters wanted) {
        DeflateParameters agreed = DeflateNegotiation.check(response, wanted);
        if (agreed == null) {
            return;
        }
        assertTrue(isGoodOffer(response));
        assertTrue(agreed.serverNoContextTakeover() || !wanted.serverNoContextTakeover());
        assertTrue(agreed.clientNoContextTakeover() || !wanted.clientNoContextTakeover());
        assertTrue(agreed.serverMaxWindowBits() <= wanted.serverMaxWindowBits());
        assertTrue(agreed.clientMaxWindowBits() <= wanted.clientMaxWindowBits());
        assertEquals(bits(response, "server_max_window_bits"), agreed.serverMaxWindowBits());
        if (response.hasParameter("client_max_window_bits")) {
            assertNotNull(response.parameter("client_max_window_bits"));
        }
    }

    private static int bits(ExtensionOffer extension, String name) {
        String value = extension.parameter(name);
        return value == null ? 15 : Integer.parseInt(value);
    }

    private static boolean isGoodOffer(ExtensionOffer offer) {
        Set<String> names = offer.parameters().stream().map(ExtensionOffer.Parameter::name).collect(Collectors.toSet());
        return offer.name().equals("permessage-deflate") && names.size() == offer.parameters().size()
                && offer.parameters().stream().allMatch(one -> switch (one.name()) {
                    case "server_no_context_takeover", "client_no_context_takeover" -> one.value() == null;
                    case "server_max_window_bits" -> isBits(one.value());
                    case "client_max_window_bits" -> one.value() == null || isBits(one.value());
                    default -> false;
                });
    }

    private static boolean isBits(String value) {
        return value != null && value.matches("[89]|1[0-5]");
    }
}
