package io.neurolink.perf.wire;

import java.nio.ByteBuffer;

/** What one {@link Line} does. All methods are called by the {@link Driver}'s thread and must not block. */
public interface Peer {
    /** The connection is there. */
    default void onConnected(Line line) {
    }

    /** Bytes have come; they are valid during this call. */
    default void onBytes(Line line, ByteBuffer bytes) {
    }

    /** The time asked for with {@link Line#wakeAfter} has come. */
    default void onWake(Line line) {
    }

    /** Everything that was to be sent has been taken by the socket. */
    default void onSent(Line line) {
    }

    /** The connection is gone, or never came about, for whatever reason but {@link Line#close} and {@link Line#reset}. Once. */
    default void onEnd(Line line) {
    }

    /** Bytes the socket may receive ahead; 0 = the system's default. */
    default int receiveBufferLength() {
        return 0;
    }
}
