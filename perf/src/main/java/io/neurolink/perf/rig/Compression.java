package io.neurolink.perf.rig;

import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.deflate.MessageInflater;
import io.neurolink.protocol.handshake.ExtensionOffer;
import io.neurolink.protocol.handshake.UpgradeAgreement;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * permessage-deflate of all connections of a run. This side never looks back at earlier messages, so that one compressor does for all;
 * whether the server does is the mode.
 */
final class Compression implements AutoCloseable {
    /** What is offered. */
    enum Mode {
        /** No compression. */
        OFF(null),
        /** Every message stands for itself. */
        SHARED(DeflateParameters.NO_CONTEXT_TAKEOVER),
        /** The server may look back over messages. */
        DEDICATED(new DeflateParameters(false, true, DeflateParameters.MAX_WINDOW_BITS, DeflateParameters.MAX_WINDOW_BITS));

        private final DeflateParameters wanted;

        Mode(DeflateParameters wanted) {
            this.wanted = wanted;
        }
    }

    private static final int SCRATCH_LENGTH = 64 * 1024;

    private final Mode mode;
    private final MessageInflater inflater;
    private final ByteBuffer scratch;

    Compression(Mode mode) {
        this.mode = mode;
        this.inflater = mode == Mode.OFF ? null : new MessageInflater();
        this.scratch = mode == Mode.OFF ? null : ByteBuffer.allocateDirect(SCRATCH_LENGTH);
    }

    boolean isOn() {
        return mode != Mode.OFF;
    }

    List<ExtensionOffer> offers() {
        return isOn() ? DeflateNegotiation.offers(mode.wanted) : List.of();
    }

    /** @return what is wrong with the server's answer, or null. A run with compression must not silently be one without. */
    String check(UpgradeAgreement agreement) {
        if (!isOn()) {
            return null;
        }
        if (agreement.extensions().isEmpty()) {
            return "the server does not compress";
        }
        return agreed(agreement) == null ? "the server's parameters of " + agreement.extensions().get(0) + " were not offered" : null;
    }

    private DeflateParameters agreed(UpgradeAgreement agreement) {
        return DeflateNegotiation.check(agreement.extensions().get(0), mode.wanted);
    }

    /** @return what a connection needs to take compressed messages; null without compression. */
    Inflation inflation(UpgradeAgreement agreement) {
        return isOn() ? new Inflation(inflater, scratch, agreed(agreement)) : null;
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.close();
        }
    }
}
