package io.neurolink.engine.transport;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;

/**
 * The packet buffers of one loop. A connection borrows them for the time of one operation; what it has to keep beyond that it copies to an
 * array of exactly that size, which is accounted here. So an idle TLS connection holds no packet buffer. The loop's thread only.
 */
final class TlsBuffers {
    /** Some records, so that large messages do not need a system call for each. */
    private static final int NET_IN_LENGTH = 128 * 1024;
    private static final int NET_OUT_LENGTH = 68 * 1024;

    /** A record's plaintext has 16 KiB at most (RFC 8446 section 5.1); some peers send twice that. */
    private static final int APP_OUT_LENGTH = 34 * 1024;

    private final CounterSet counters;
    private ByteBuffer netIn;
    private ByteBuffer netOut;
    private ByteBuffer appOut;
    private int borrowed;
    private long heldBytes;

    TlsBuffers(CounterSet counters) {
        this.counters = counters;
    }

    /** @return the buffer for encrypted bytes that come in, empty. */
    ByteBuffer borrowNetIn() {
        if (netIn == null) {
            netIn = ByteBuffer.allocateDirect(NET_IN_LENGTH);
        }
        return borrow(netIn);
    }

    /** @return the buffer for encrypted bytes that go out, empty. */
    ByteBuffer borrowNetOut() {
        if (netOut == null) {
            netOut = ByteBuffer.allocateDirect(NET_OUT_LENGTH);
        }
        return borrow(netOut);
    }

    /** @return the buffer for a record's plaintext that does not fit where it should go, empty. */
    ByteBuffer borrowAppOut() {
        if (appOut == null) {
            appOut = ByteBuffer.allocate(APP_OUT_LENGTH);
        }
        return borrow(appOut);
    }

    private ByteBuffer borrow(ByteBuffer buffer) {
        borrowed++;
        return buffer.clear();
    }

    /** Each loan is given back before the operation ends that took it. */
    void giveBack() {
        borrowed--;
    }

    /**
     * Keeps what is left between position and limit.
     *
     * @return a buffer of exactly that length, or null if nothing is left.
     */
    ByteBuffer keep(ByteBuffer rest) {
        if (!rest.hasRemaining()) {
            return null;
        }
        ByteBuffer kept = ByteBuffer.allocate(rest.remaining()).put(rest).flip();
        hold(kept.capacity());
        return kept;
    }

    /** What was kept is not needed any more. */
    void drop(ByteBuffer kept) {
        if (kept != null) {
            hold(-kept.capacity());
        }
    }

    private void hold(int bytes) {
        heldBytes += bytes;
        counters.add(EngineCounter.TLS_HELD_BYTES, bytes);
    }

    /** @return loans that are not given back; 0 between two operations. */
    int borrowed() {
        return borrowed;
    }

    /** @return bytes that all connections together keep. */
    long heldBytes() {
        return heldBytes;
    }
}
