package io.neurolink.protocol.deflate;

import io.neurolink.protocol.handshake.ExtensionOffer;
import io.neurolink.protocol.handshake.ExtensionOffer.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * How the two sides agree on permessage-deflate in the opening handshake (RFC 7692, sections 5 and 7.1).
 *
 * <p>A value in the quoted form, {@code server_max_window_bits="10"}, is the value without its quotes (RFC 6455, section 9.1).
 */
public final class DeflateNegotiation {
    /** The name of the extension. */
    public static final String EXTENSION_NAME = "permessage-deflate";

    private DeflateNegotiation() {
    }

    /**
     * What a server answers.
     *
     * @param parameters what holds from now on
     * @param response   what stands in the answer's {@code Sec-WebSocket-Extensions}
     */
    public record Agreement(DeflateParameters parameters, ExtensionOffer response) {
    }

    /**
     * Takes the first offer that can be taken. An offer with a parameter that is unknown, repeated, or has a wrong value is passed over,
     * and so is every other extension.
     *
     * @param offers in the client's order of preference.
     * @param wanted what the server wants. It gives way where the client restricts more, and its wish for a smaller window of the client
     *               is forgone with a client that does not offer {@code client_max_window_bits}.
     * @return null if there is no offer to take: the connection is not compressed.
     */
    public static Agreement accept(List<ExtensionOffer> offers, DeflateParameters wanted) {
        for (ExtensionOffer offer : offers) {
            OfferedParameters offered = offer.name().equals(EXTENSION_NAME) ? OfferedParameters.read(offer, false) : null;
            if (offered != null) {
                return agree(offered, wanted);
            }
        }
        return null;
    }

    private static Agreement agree(OfferedParameters offered, DeflateParameters wanted) {
        int clientBits = offered.hasClientMaxWindowBits() ? Math.min(offered.clientWindow(), wanted.clientMaxWindowBits())
                : DeflateParameters.MAX_WINDOW_BITS;
        DeflateParameters agreed = new DeflateParameters(
                offered.serverNoContextTakeover() || wanted.serverNoContextTakeover(),
                offered.clientNoContextTakeover() || wanted.clientNoContextTakeover(),
                Math.min(offered.serverWindow(), wanted.serverMaxWindowBits()),
                clientBits);
        List<Parameter> response = new ArrayList<>(4);
        addFlag(response, OfferedParameters.SERVER_NO_CONTEXT_TAKEOVER, agreed.serverNoContextTakeover());
        addFlag(response, OfferedParameters.CLIENT_NO_CONTEXT_TAKEOVER, agreed.clientNoContextTakeover());
        if (offered.hasServerMaxWindowBits() || agreed.serverMaxWindowBits() < DeflateParameters.MAX_WINDOW_BITS) {
            addBits(response, OfferedParameters.SERVER_MAX_WINDOW_BITS, agreed.serverMaxWindowBits());
        }
        if (agreed.clientMaxWindowBits() < DeflateParameters.MAX_WINDOW_BITS) {
            addBits(response, OfferedParameters.CLIENT_MAX_WINDOW_BITS, agreed.clientMaxWindowBits());
        }
        return new Agreement(agreed, new ExtensionOffer(EXTENSION_NAME, response));
    }

    /**
     * What a client asks for. To offer {@code client_no_context_takeover} is to promise it; a client that wants context takeover offers it
     * second, for servers that give nothing else.
     *
     * @param wanted what the client wants; {@link #check} wants the same again.
     * @return one or two offers, best first, for the request's {@code Sec-WebSocket-Extensions}.
     */
    public static List<ExtensionOffer> offers(DeflateParameters wanted) {
        return wanted.clientNoContextTakeover() ? List.of(offer(wanted, true)) : List.of(offer(wanted, false), offer(wanted, true));
    }

    private static ExtensionOffer offer(DeflateParameters wanted, boolean clientNoContextTakeover) {
        List<Parameter> parameters = new ArrayList<>(4);
        addFlag(parameters, OfferedParameters.SERVER_NO_CONTEXT_TAKEOVER, wanted.serverNoContextTakeover());
        addFlag(parameters, OfferedParameters.CLIENT_NO_CONTEXT_TAKEOVER, clientNoContextTakeover);
        if (wanted.serverMaxWindowBits() < DeflateParameters.MAX_WINDOW_BITS) {
            addBits(parameters, OfferedParameters.SERVER_MAX_WINDOW_BITS, wanted.serverMaxWindowBits());
        }
        if (wanted.clientMaxWindowBits() < DeflateParameters.MAX_WINDOW_BITS) {
            addBits(parameters, OfferedParameters.CLIENT_MAX_WINDOW_BITS, wanted.clientMaxWindowBits());
        } else {
            addFlag(parameters, OfferedParameters.CLIENT_MAX_WINDOW_BITS, true);
        }
        return new ExtensionOffer(EXTENSION_NAME, parameters);
    }

    /**
     * Checks a server's answer to {@link #offers}. A client must fail the handshake if it is not what was offered (RFC 7692, section 7.1).
     *
     * @param response the server's {@code permessage-deflate}.
     * @param wanted   what the offers were made of.
     * @return what holds from now on, or null if the handshake must fail: a parameter is unknown, repeated or malformed, a restriction that
     *         was asked for is missing, or a window is larger than offered.
     */
    public static DeflateParameters check(ExtensionOffer response, DeflateParameters wanted) {
        OfferedParameters answered = OfferedParameters.read(response, true);
        if (answered == null
                || wanted.serverNoContextTakeover() && !answered.serverNoContextTakeover()
                || answered.serverWindow() > wanted.serverMaxWindowBits()
                || answered.hasClientMaxWindowBits() && answered.clientWindow() > wanted.clientMaxWindowBits()) {
            return null;
        }
        return new DeflateParameters(
                answered.serverNoContextTakeover(),
                answered.clientNoContextTakeover() || wanted.clientNoContextTakeover(),
                answered.serverWindow(),
                Math.min(answered.clientWindow(), wanted.clientMaxWindowBits()));
    }

    private static void addFlag(List<Parameter> parameters, String name, boolean isSet) {
        if (isSet) {
            parameters.add(new Parameter(name, null));
        }
    }

    private static void addBits(List<Parameter> parameters, String name, int bits) {
        parameters.add(new Parameter(name, Integer.toString(bits)));
    }
}
