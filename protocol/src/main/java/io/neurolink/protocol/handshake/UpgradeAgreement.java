package io.neurolink.protocol.handshake;

import java.util.List;

/**
 * What a server agreed to: the WebSocket is open.
 *
 * @param subprotocol the one the server chose of those offered, or {@code null}
 * @param extensions  those the server chose of those offered, with the parameters it decided
 */
public record UpgradeAgreement(String subprotocol, List<ExtensionOffer> extensions) implements ClientHandshake.Outcome {
    /** Copies the list. */
    public UpgradeAgreement {
        extensions = List.copyOf(extensions);
    }
}
