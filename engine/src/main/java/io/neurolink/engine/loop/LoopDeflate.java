package io.neurolink.engine.loop;

import io.neurolink.engine.duty.TimerOwner;
import io.neurolink.engine.duty.Timers;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.deflate.MessageDeflater;
import io.neurolink.protocol.deflate.MessageInflater;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/**
 * What the connections of a loop share in order to compress and inflate: one decompressor for all, one compressor per level for messages
 * without context takeover, the scratch buffers, and the list of connections that have a compressor of their own, in the order of its last
 * use. Made when the first connection agrees on compression.
 */
final class LoopDeflate implements TimerOwner {
    /** Messages up to this size need no buffer but the loop's. */
    private static final int SCRATCH_LENGTH = 64 * 1024;

    /** A compressor that needs all but 5 bytes of the room has made a message of at most the length given up. */
    private static final int MARGIN_OF_SHORTER = 5;

    final MessageInflater inflater = new MessageInflater();
    final BufferWindow inflateWindow = new BufferWindow();

    private final EventLoop loop;
    private final MessageDeflater[] deflaters = new MessageDeflater[Deflater.BEST_COMPRESSION + 1];
    private final ByteBuffer inflated = ByteBuffer.allocateDirect(ReadSide.LEAD + SCRATCH_LENGTH);
    private final ByteBuffer source = ByteBuffer.allocateDirect(SCRATCH_LENGTH);
    private final ByteBuffer target = ByteBuffer.allocateDirect(SCRATCH_LENGTH + MessageDeflater.MARGIN);
    private final BufferWindow sourceWindow = new BufferWindow();
    private FrameBuffer largeTarget;

    private ConnectionDeflate oldest;
    private ConnectionDeflate newest;
    private long timerId = Timers.NO_TIMER;

    LoopDeflate(EventLoop loop) {
        this.loop = loop;
        countContext(loop.counters, 1, MessageInflater.NATIVE_BYTES);
    }

    /** Something of the native zlib was made, or ended. */
    static void countContext(CounterSet counters, int count, int bytes) {
        counters.add(EngineCounter.DEFLATE_CONTEXTS, count);
        counters.add(EngineCounter.DEFLATE_HELD_BYTES, bytes);
    }

    // ------------------------------------------------------------------ buffers

    /** Where messages are inflated to that are not large. */
    ByteBuffer inflated() {
        return inflated;
    }

    /** A buffer for a text that is to be compressed; the loop's own unless the text is large. */
    ByteBuffer source(int length) {
        return length <= SCRATCH_LENGTH ? source.clear() : ByteBuffer.allocate(length);
    }

    /** The message as something that zlib reads without a copy of its own, which is direct memory. */
    ByteBuffer source(ByteBuffer payload, int position, int length) {
        if (payload.isDirect()) {
            return sourceWindow.of(payload, position, length);
        }
        if (length <= SCRATCH_LENGTH) {
            return source.clear().put(0, payload, position, length).limit(length);
        }
        return payload.duplicate().limit(position + length).position(position);
    }

    ByteBuffer source(byte[] payload, int offset, int length) {
        return length <= SCRATCH_LENGTH ? source.clear().put(0, payload, offset, length).limit(length)
                : ByteBuffer.wrap(payload, offset, length);
    }

    /** Room for a message of that length, compressed, if it becomes shorter at all; {@link #releaseTarget} follows. */
    ByteBuffer target(int length) {
        int room = length - 1 + MARGIN_OF_SHORTER;
        if (length <= SCRATCH_LENGTH) {
            return target.clear().limit(room);
        }
        largeTarget = loop.readSide().acquire(room);
        return largeTarget.bytes().clear().limit(room);
    }

    /** Room for a part of that length, compressed, whatever it becomes; {@link #releaseTarget} follows. */
    ByteBuffer partTarget(int length) {
        int room = MessageDeflater.partRoom(length);
        if (room <= target.capacity()) {
            return target.clear().limit(room);
        }
        largeTarget = loop.readSide().acquire(room);
        return largeTarget.bytes().clear().limit(room);
    }

    void releaseTarget() {
        if (largeTarget != null) {
            loop.readSide().release(largeTarget);
            largeTarget = null;
        }
    }

    // ------------------------------------------------------------------ compressors

    /** The compressor for messages that stand for themselves. */
    MessageDeflater shared(int level) {
        if (deflaters[level] == null) {
            deflaters[level] = newDeflater(level);
        }
        return deflaters[level];
    }

    MessageDeflater newDeflater(int level) {
        countContext(loop.counters, 1, MessageDeflater.NATIVE_BYTES);
        return new MessageDeflater(level);
    }

    void end(MessageDeflater deflater) {
        deflater.close();
        countContext(loop.counters, -1, -MessageDeflater.NATIVE_BYTES);
    }

    /** The connection's own compressor, made if there is none, and from now on the one used last. */
    MessageDeflater dedicated(ConnectionDeflate connection, int level) {
        if (connection.deflater == null) {
            connection.deflater = newDeflater(level);
        } else {
            unlink(connection);
        }
        linkAsNewest(connection);
        connection.lastUsedNs = loop.nowNs();
        if (timerId == Timers.NO_TIMER) {
            schedule();
        }
        return connection.deflater;
    }

    /** Ends a connection's own compressor. That costs the next message no more than its references to those before. */
    void endDedicated(ConnectionDeflate connection) {
        if (connection.deflater != null) {
            unlink(connection);
            end(connection.deflater);
            connection.deflater = null;
        }
    }

    private void linkAsNewest(ConnectionDeflate connection) {
        connection.older = newest;
        connection.newer = null;
        if (newest == null) {
            oldest = connection;
        } else {
            newest.newer = connection;
        }
        newest = connection;
    }

    private void unlink(ConnectionDeflate connection) {
        if (connection.older == null) {
            oldest = connection.newer;
        } else {
            connection.older.newer = connection.newer;
        }
        if (connection.newer == null) {
            newest = connection.older;
        } else {
            connection.newer.older = connection.older;
        }
        connection.older = null;
        connection.newer = null;
    }

    private void schedule() {
        timerId = loop.timers().schedule(oldest.idleDeadlineNs(), this, 0);
    }

    /** Several endpoints may have several times; the list is gone through up to the first that is in time. */
    @Override
    public void onTimer(long firedId, int kind, long nowNs) {
        timerId = Timers.NO_TIMER;
        while (oldest != null && oldest.idleDeadlineNs() - nowNs <= 0) {
            endDedicated(oldest);
            loop.counters.increment(EngineCounter.DEFLATE_GIVEN_BACK);
        }
        if (oldest != null) {
            schedule();
        }
    }

    /** Ends the compressors of all connections; those that send get a fresh one. */
    void trim() {
        while (oldest != null) {
            endDedicated(oldest);
            loop.counters.increment(EngineCounter.DEFLATE_GIVEN_BACK);
        }
    }

    /** At the end of the loop, when its connections are gone. */
    void close() {
        for (MessageDeflater deflater : deflaters) {
            if (deflater != null) {
                end(deflater);
            }
        }
        inflater.close();
        countContext(loop.counters, -1, -MessageInflater.NATIVE_BYTES);
    }
}
