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
    private final AssemblyBudget budget;
    private long lastNumber;

    /** What has come of a message, from 0 to the position; grows with what comes. Or null. */
    private ByteBuffer assembled;
    private int nextPart;
    private int partLength;

    /**
     * @param counters of the cluster's thread.
     * @param maxBytes bytes one message may have.
     * @param budget   for what is not whole yet, of all senders.
     */
    FrameStream(CounterSet counters, long maxBytes, AssemblyBudget budget) {
        this.counters = counters;
        this.maxBytes = maxBytes;
        this.budget = budget;
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
            if (frame.parts() == 1) {
                return frame.body();
            }
            assembled = ByteBuffer.allocate(0);
            nextPart = 0;
            partLength = frame.body().remaining();
            isNext = true;
        }
        if (assembled == null) {
            return null;
        }
        if (!isNext || frame.part() != nextPart || frame.body().remaining() > partLength || !grow(frame.body().remaining())) {
            abandon();
            return null;
        }
        return goOn(frame);
    }

    private boolean grow(int length) {
        int needed = assembled.position() + length;
        if (needed > maxBytes) {
            return false;
        }
        if (needed > assembled.capacity()) {
            int capacity = (int) Math.min(maxBytes, 2L * needed);
            if (!budget.take(capacity - assembled.capacity())) {
                return false;
            }
            assembled = ByteBuffer.allocate(capacity).put(assembled.flip());
        }
        return true;
    }

    private ByteBuffer goOn(Frame frame) {
        assembled.put(frame.body().duplicate());
        nextPart++;
        if (nextPart < frame.parts()) {
            return null;
        }
        ByteBuffer whole = assembled.flip();
        forget();
        return whole;
    }

    private void abandon() {
        if (assembled != null) {
            forget();
            counters.increment(EngineCounter.CLUSTER_INCOMPLETE);
        }
    }

    /** The sender is gone, too. */
    void forget() {
        if (assembled != null) {
            budget.giveBack(assembled.capacity());
            assembled = null;
        }
    }
}
