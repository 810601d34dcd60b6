package io.neurolink.protocol.handshake;

import java.util.Objects;

/**
 * What request decoders gather a head in, kept for the next head unless it has grown large: most come whole, so that one after the other
 * can use the same. Not safe for several threads.
 */
public final class HeadScratch {
    private static final int KEPT_BYTES = 1024;

    private final HttpLimits limits;
    private HeadAssembler free;

    /**
     * Scratch for heads within these limits.
     *
     * @param limits the limits
     */
    public HeadScratch(HttpLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    HttpLimits limits() {
        return limits;
    }

    HeadAssembler take() {
        final HeadAssembler taken = free == null ? new HeadAssembler(limits) : free;
        free = null;
        return taken;
    }

    void giveBack(HeadAssembler assembler) {
        if (assembler.heldBytes() <= KEPT_BYTES) {
            assembler.clear();
            free = assembler;
        }
    }
}
