package io.neurolink.engine.worker;

import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.duty.Parkable;
import java.nio.ByteBuffer;

/**
 * A loop's end of its lane to a worker, who is woken once for many events: where both share a processor, the worker would take it from the
 * loop for each read otherwise. Belongs to the loop.
 */
final class WorkerLane {
    /** So many events wait for the end of the loop's cycle at most, which may be a millisecond away. */
    static final int MAX_UNANNOUNCED = 256;

    private final MessageLane lane;
    private final Parkable worker;
    private int unannounced;

    WorkerLane(MessageLane lane, Parkable worker) {
        this.lane = lane;
        this.worker = worker;
    }

    boolean offer(Object attachment, int type) {
        return count(lane.offer(attachment, type, 0));
    }

    boolean offer(Object attachment, int opcode, long nowMs, ByteBuffer bytes, int position, int length) {
        return count(lane.offer(attachment, opcode, nowMs, bytes, position, length));
    }

    private boolean count(boolean isTaken) {
        if (isTaken && ++unannounced == MAX_UNANNOUNCED) {
            wakeUp();
        }
        return isTaken;
    }

    /** Wakes the worker, if something was offered since this was called last. */
    void wakeUp() {
        if (unannounced > 0) {
            unannounced = 0;
            worker.wakeUp();
        }
    }
}
