package io.neurolink.engine.duty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One side of a {@link MessageLane}: the index that this side publishes, on cache lines of its own, next to what only this side needs.
 */
final class LaneCursor extends LaneCursorFields {

    private static final VarHandle INDEX;

    static {
        try {
            INDEX = MethodHandles.lookup().findVarHandle(LaneCursorFields.class, "index", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused")
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15;

    /** For the side that owns this cursor. */
    long indexPlain() {
        return index;
    }

    long indexAcquire() {
        return (long) INDEX.getAcquire(this);
    }

    void indexRelease(long value) {
        INDEX.setRelease(this, value);
    }
}

abstract class LaneCursorPadding {
    @SuppressWarnings("unused")
    private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15;
}

abstract class LaneCursorFields extends LaneCursorPadding {

    /** Slots this side is done with, ever. */
    long index;

    /** Producer: the consumer's index when it was last looked at. */
    long consumerIndexSeen;

    /** Producer: bytes of the ring handed out, ever, with the ends skipped for contiguity. */
    long ringPosition;

    /** Producer: how far the consumer had freed the ring when it was last looked at. */
    long ringFreedSeen;

    /** Producer: bytes sent outside the ring, ever. */
    long overflowPosition;

    /** Producer: how many of them were consumed when it was last looked at. */
    long overflowFreedSeen;

    /** Producer: where an open claim starts, as a ring position; -1 without one. */
    long claimPosition = -1;

    /** Producer: how many bytes were claimed. */
    int claimLength;
}
