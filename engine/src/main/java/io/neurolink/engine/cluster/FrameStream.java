package io.neurolink.engine.cluster;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.nio.ByteBuffer;

/**
 * The frames of one sender, numbered one after the other, and the message that is being put together. Where numbers are left out, the
 * frames went to subjects of which this node hears nothing, or were lost; inside a message they must not. The cluster's thread.
 */
final class FrameStream {
    private final CounterSet counters;
    private final long maxBytes;
    private long lastNumber;
    private ByteBuffer assembled;
    private int nextPart;

    FrameStream(CounterSet counters, long maxBytes) {
        this.counters = counters;
        this.maxBytes = maxBytes;
    }

    /** @return the body of the message that is whole now, or null: more is to come, or the frame is of no use. */
    ByteBuffer accept(Frame frame) {
        if (frame.number() <= lastNumber) {
            counters.increment(EngineCounter.CLUSTER_DUPLICATES);
            return null;
        }
        boolean isNext = frame.number() == lastNumber + 1;
        lastNumber = frame.number();
        if (frame.part() == 0) {
            abandon();
            return frame.parts() == 1 ? frame.body() : begin(frame);
        }
        if (assembled == null) {
            return null;
        }
        if (!isNext || frame.part() != nextPart || frame.body().remaining() > assembled.remaining()) {
            abandon();
            return null;
        }
        return goOn(frame);
    }

    private ByteBuffer begin(Frame frame) {
        long length = (long) frame.parts() * frame.body().remaining();
        if (length - frame.body().remaining() > maxBytes) {
            counters.increment(EngineCounter.CLUSTER_INCOMPLETE);
            return null;
        }
        assembled = ByteBuffer.allocate((int) length);
        nextPart = 0;
        return goOn(frame);
    }

    private ByteBuffer goOn(Frame frame) {
        assembled.put(frame.body().duplicate());
        nextPart++;
        if (nextPart < frame.parts()) {
            return null;
        }
        ByteBuffer whole = assembled.flip();
        assembled = null;
        return whole;
    }

    private void abandon() {
        if (assembled != null) {
            assembled = null;
            counters.increment(EngineCounter.CLUSTER_INCOMPLETE);
        }
    }
}
