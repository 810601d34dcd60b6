package io.neurolink.protocol.handshake;

import java.util.List;

/**
 * A valid opening handshake of a client, for the server to choose from.
 *
 * @param key          the client's {@code Sec-WebSocket-Key}
 * @param subprotocols in the client's order of preference, none twice; one may carry a secret
 * @param extensions   in the client's order of preference
 */
public record UpgradeOffer(String key, List<String> subprotocols, List<ExtensionOffer> extensions) implements ServerHandshake.Outcome {
    /** Copies the lists. */
    public UpgradeOffer {
        subprotocols = List.copyOf(subprotocols);
        extensions = List.copyOf(extensions);
    }

    /**
     * {@return the first subprotocol of {@code supported}, the server's order of preference, that the client offers; {@code null} if there
     * is none} Names are compared with their case.
     *
     * @param supported what the server speaks, in order of preference
     */
    public String chooseSubprotocol(List<String> supported) {
        for (String subprotocol : supported) {
            if (subprotocols.contains(subprotocol)) {
                return subprotocol;
            }
        }
        return null;
    }

    /** Without the subprotocols' names: browsers carry credentials there. */
    @Override
    public String toString() {
        return "UpgradeOffer[" + subprotocols.size() + " subprotocols, extensions=" + extensions + "]";
    }
}
