package io.neurolink.engine.loop;

import java.nio.ByteBuffer;

/**
 * Encoded bytes that wait for a socket: one frame, or the rest of several. Belongs to a loop. A frame of a broadcast stands in the
 * queues of many
 * connections at once and is counted here, per loop, without atomics.
 */
final class OutboundFrame {
    /** Class of the pool this frame goes back to, or -1. */
    final int poolClass;

    /** Holds the encoded bytes from index 0; its position and limit belong to whoever is writing. */
    final ByteBuffer bytes;

    /** How many bytes there are. */
    int length;

    /** How many data messages end with these bytes; 0 for control frames and handshake bytes. */
    int messages;

    /** Queues this frame stands in. */
    private int holders;

    /** Where the bytes of a broadcast come from, or null. */
    private final SharedFrame shared;

    OutboundFrame(ByteBuffer bytes, int poolClass) {
        this.bytes = bytes;
        this.poolClass = poolClass;
        this.shared = null;
    }

    /** The loop's own view of a broadcast. */
    OutboundFrame(SharedFrame shared) {
        this.shared = shared;
        this.bytes = shared.bytes().duplicate();
        this.length = shared.length();
        this.messages = 1;
        this.poolClass = -1;
    }

    boolean isBroadcast() {
        return shared != null;
    }

    /** Bytes of a broadcast's message, without its header. */
    int broadcastPayloadLength() {
        return shared.payloadLength();
    }

    OutboundFrame hold() {
        holders++;
        return this;
    }

    /** @return whether nobody holds it any more. */
    boolean release() {
        if (--holders > 0) {
            return false;
        }
        if (shared != null) {
            shared.release();
        }
        return true;
    }
}
