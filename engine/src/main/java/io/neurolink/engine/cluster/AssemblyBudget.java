package io.neurolink.engine.cluster;

/** Bytes of messages that have come in part, of all senders together. The cluster's thread. */
final class AssemblyBudget {
    private final long maxBytes;
    private long heldBytes;

    AssemblyBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** @return false if there is no room. */
    boolean take(long bytes) {
        if (heldBytes + bytes > maxBytes) {
            return false;
        }
        heldBytes += bytes;
        return true;
    }

    void giveBack(long bytes) {
        heldBytes -= bytes;
    }

    long heldBytes() {
        return heldBytes;
    }
}
