package io.neurolink.protocol.deflate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.protocol.Role;
import io.neurolink.protocol.handshake.ExtensionOffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DeflateNegotiationTest {
    private static final DeflateParameters ALL = DeflateParameters.UNRESTRICTED;
    private static final DeflateParameters NO_CONTEXT = DeflateParameters.NO_CONTEXT_TAKEOVER;

    /** Ways a parameter may stand in a header; null is: not at all. */
    private static final List<String> BITS = new ArrayList<>(
            List.of("", "=8", "=9", "=10", "=11", "=12", "=13", "=14", "=15", "=7", "=16", "=0", "=08", "=115", "=a", "=8.0"));
    private static final List<String> FLAGS = new ArrayList<>(List.of("", "=1", "=true"));

    static {
        BITS.add(0, null);
        FLAGS.add(0, null);
    }

    private static String accept(String header, DeflateParameters wanted) {
        DeflateNegotiation.Agreement agreement = DeflateNegotiation.accept(ExtensionOffer.parse(header), wanted);
        return agreement == null ? null : agreement.response().toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", value = {
        "permessage-deflate | permessage-deflate",
        "permessage-deflate; client_max_window_bits | permessage-deflate",
        "permessage-deflate; client_max_window_bits=15 | permessage-deflate",
        "permessage-deflate; client_max_window_bits=10 | permessage-deflate; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=15 | permessage-deflate; server_max_window_bits=15",
        "permessage-deflate; server_max_window_bits=9 | permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=\"9\" | permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_no_context_takeover | permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover | permessage-deflate; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits | null",
        "permessage-deflate; server_max_window_bits=7 | null",
        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9 | null",
        "permessage-deflate; client_max_window_bits; client_max_window_bits | null",
        "permessage-deflate; client_max_window_bits=9; client_max_window_bits | null",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover | null",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover | null",
        "permessage-deflate; Server_No_Context_Takeover | null",
        "permessage-deflate; mode=fast | null",
        "Permessage-Deflate | null",
        "x-webkit-deflate-frame | null",
        "permessage-bzip2, permessage-deflate; mode=fast, permessage-deflate; server_max_window_bits=10 "
                + "| permessage-deflate; server_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=16, permessage-deflate | permessage-deflate",
        "permessage-deflate; server_no_context_takeover, permessage-deflate | permessage-deflate; server_no_context_takeover"})
    void shouldTakeTheFirstOfferThatCanBeTaken(String header, String response) {
        assertEquals(response, accept(header, ALL));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "permessage-deflate | permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; client_max_window_bits; server_max_window_bits=9 "
                + "| permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9"})
    void shouldAskForNoContextTakeoverUnasked(String header, String response) {
        assertEquals(response, accept(header, NO_CONTEXT));
    }

    @Test
    void shouldLimitTheClientsWindowOnlyWhereItOffersThat() {
        DeflateParameters wanted = new DeflateParameters(false, false, 12, 10);
        assertEquals("permessage-deflate; server_max_window_bits=12", accept("permessage-deflate", wanted));
        assertEquals("permessage-deflate; server_max_window_bits=12; client_max_window_bits=10",
                accept("permessage-deflate; client_max_window_bits", wanted));
        assertEquals("permessage-deflate; server_max_window_bits=9; client_max_window_bits=8",
                accept("permessage-deflate; client_max_window_bits=8; server_max_window_bits=9", wanted));
        assertEquals(15, DeflateNegotiation.accept(ExtensionOffer.parse("permessage-deflate"), wanted).parameters().clientMaxWindowBits());
    }

    /** Every combination of good and bad ways to write the four parameters. */
    @Test
    void shouldAcceptExactlyWellFormedOffersAndGrantWhatTheyRestrict() {
        for (String serverFlag : FLAGS) {
            for (String clientFlag : FLAGS) {
                for (String serverBits : BITS) {
                    for (String clientBits : BITS) {
                        checkOffer(serverFlag, clientFlag, serverBits, clientBits);
                        checkResponse(serverFlag, clientFlag, serverBits, clientBits);
                    }
                }
            }
        }
    }

    private static String header(String serverFlag, String clientFlag, String serverBits, String clientBits) {
        return "permessage-deflate"
                + (clientBits == null ? "" : "; client_max_window_bits" + clientBits)
                + (serverFlag == null ? "" : "; server_no_context_takeover" + serverFlag)
                + (serverBits == null ? "" : "; server_max_window_bits" + serverBits)
                + (clientFlag == null ? "" : "; client_no_context_takeover" + clientFlag);
    }

    private static boolean isNumber(String bits) {
        return bits != null && bits.matches("=([89]|1[0-5])");
    }

    private static int number(String bits) {
        return isNumber(bits) ? Integer.parseInt(bits.substring(1)) : 15;
    }

    private static boolean isFlag(String flag) {
        return flag == null || flag.isEmpty();
    }

    private static void checkOffer(String serverFlag, String clientFlag, String serverBits, String clientBits) {
        String header = header(serverFlag, clientFlag, serverBits, clientBits);
        boolean isGood = isFlag(serverFlag) && isFlag(clientFlag) && (serverBits == null || isNumber(serverBits))
                && (clientBits == null || clientBits.isEmpty() || isNumber(clientBits));
        DeflateNegotiation.Agreement agreement = DeflateNegotiation.accept(ExtensionOffer.parse(header), ALL);
        if (!isGood) {
            assertNull(agreement, header);
            return;
        }
        DeflateParameters expected =
                new DeflateParameters(serverFlag != null, clientFlag != null, number(serverBits), number(clientBits));
        assertEquals(expected, agreement.parameters(), header);
        // A client that made this offer understands the answer in the same way.
        DeflateParameters client = DeflateNegotiation.check(agreement.response(), new DeflateParameters(
                serverFlag != null, clientFlag != null, number(serverBits), number(clientBits)));
        assertEquals(expected, client, header);
    }

    private static void checkResponse(String serverFlag, String clientFlag, String serverBits, String clientBits) {
        String header = header(serverFlag, clientFlag, serverBits, clientBits);
        boolean isWellFormed = isFlag(serverFlag) && isFlag(clientFlag) && (serverBits == null || isNumber(serverBits))
                && (clientBits == null || isNumber(clientBits));
        ExtensionOffer response = ExtensionOffer.parse(header).get(0);
        assertEquals(isWellFormed, DeflateNegotiation.check(response, ALL) != null, header);

        DeflateParameters wanted = new DeflateParameters(true, false, 11, 12);
        boolean isGood = isWellFormed && serverFlag != null && serverBits != null && number(serverBits) <= 11
                && (clientBits == null || number(clientBits) <= 12);
        DeflateParameters agreed = DeflateNegotiation.check(response, wanted);
        assertEquals(isGood, agreed != null, header);
        if (isGood) {
            assertEquals(new DeflateParameters(true, clientFlag != null, number(serverBits), Math.min(12, number(clientBits))), agreed);
        }
    }

    @Test
    void shouldOfferWhatTheClientWants() {
        assertEquals("permessage-deflate; client_max_window_bits, permessage-deflate; client_no_context_takeover; client_max_window_bits",
                ExtensionOffer.format(DeflateNegotiation.offers(ALL)));
        assertEquals("permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits",
                ExtensionOffer.format(DeflateNegotiation.offers(NO_CONTEXT)));
        assertEquals("permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9;"
                + " client_max_window_bits=10", ExtensionOffer.format(DeflateNegotiation.offers(new DeflateParameters(true, true, 9, 10))));
    }

    @Test
    void shouldAgreeWithItselfWhateverBothWant() {
        for (int flags = 0; flags < 16; flags++) {
            for (int bits = 0; bits < 4096; bits++) {
                DeflateParameters client = new DeflateParameters((flags & 1) != 0, (flags & 2) != 0, 8 + (bits & 7), 8 + (bits >> 3 & 7));
                DeflateParameters server =
                        new DeflateParameters((flags & 4) != 0, (flags & 8) != 0, 8 + (bits >> 6 & 7), 8 + (bits >> 9 & 7));
                DeflateNegotiation.Agreement agreement = DeflateNegotiation.accept(DeflateNegotiation.offers(client), server);
                DeflateParameters agreed = agreement.parameters();
                assertEquals(agreed, DeflateNegotiation.check(agreement.response(), client));
                assertTrue(agreed.serverMaxWindowBits() == Math.min(client.serverMaxWindowBits(), server.serverMaxWindowBits()));
                assertTrue(agreed.clientMaxWindowBits() == Math.min(client.clientMaxWindowBits(), server.clientMaxWindowBits()));
                assertTrue(agreed.serverNoContextTakeover() == (client.serverNoContextTakeover() || server.serverNoContextTakeover()));
                assertTrue(agreed.clientNoContextTakeover() == (client.clientNoContextTakeover() || server.clientNoContextTakeover()));
            }
        }
    }

    @Test
    void shouldTellWhoMayLookBackHowFar() {
        DeflateParameters parameters = new DeflateParameters(true, false, 9, 12);
        assertEquals(9, parameters.outboundWindowBits(Role.SERVER));
        assertEquals(12, parameters.inboundWindowBits(Role.SERVER));
        assertEquals(12, parameters.outboundWindowBits(Role.CLIENT));
        assertEquals(9, parameters.inboundWindowBits(Role.CLIENT));
        assertEquals(false, parameters.keepsOutboundContext(Role.SERVER));
        assertEquals(true, parameters.keepsInboundContext(Role.SERVER));
        assertEquals(true, parameters.keepsOutboundContext(Role.CLIENT));
        assertEquals(false, parameters.keepsInboundContext(Role.CLIENT));
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 16, 0, -1})
    void shouldRefuseWindowsThatDoNotExist(int bits) {
        assertEquals("serverMaxWindowBits must be in 8 to 15, not " + bits,
                assertThrows(IllegalArgumentException.class, () -> new DeflateParameters(true, true, bits, 15)).getMessage());
        assertEquals("clientMaxWindowBits must be in 8 to 15, not " + bits,
                assertThrows(IllegalArgumentException.class, () -> new DeflateParameters(true, true, 15, bits)).getMessage());
    }

    @Test
    void shouldFindNothingWhereNothingIsOffered() {
        assertNull(DeflateNegotiation.accept(List.of(), ALL));
        assertNotNull(DeflateNegotiation.accept(DeflateNegotiation.offers(ALL), ALL));
    }
}
