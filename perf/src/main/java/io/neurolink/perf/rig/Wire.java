package io.neurolink.perf.rig;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A non-blocking stream of bytes to the server and back. */
interface Wire {
    /**
     * Reads what there is.
     *
     * @param to takes it, from its position.
     * @return bytes, 0 if there are none now, -1 at the end.
     */
    int read(ByteBuffer to) throws IOException;

    /** Whether more could be read at once although the socket is not readable. */
    default boolean hasMore() {
        return false;
    }

    /**
     * Sends as much as goes.
     *
     * @param from its position moves behind what was taken.
     * @return whether all of it, and all of what was taken before, is with the socket.
     */
    boolean write(ByteBuffer from) throws IOException;

    /** Whether only a writable socket helps to go on; else it is the peer's turn. */
    boolean isBlocked();
}
