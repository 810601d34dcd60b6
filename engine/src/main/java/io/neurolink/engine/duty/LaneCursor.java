package io.neurolink.engine.duty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The index that one side of a {@link MessageLane} publishes, alone on its cache lines: the other side may look at it all the time
 * without disturbing anything else that this side writes.
 */
final class LaneCursor extends LaneCursorIndex {

    private static final VarHandle INDEX;

    static {
        try {
            INDEX = MethodHandles.lookup().findVarHandle(LaneCursorIndex.class, "index", long.class);
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

abstract class LaneCursorIndex extends LeftPadding {

    /** Slots this side is done with, ever. */
    long index;
}
