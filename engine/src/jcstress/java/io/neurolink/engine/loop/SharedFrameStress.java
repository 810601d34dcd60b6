package io.neurolink.engine.loop;

import io.neurolink.engine.status.Counters;
import io.neurolink.protocol.Opcode;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Frames of broadcasts in pooled memory: loops let go of them while others still write, and the memory is used again. */
public final class SharedFrameStress {

    private static final int LENGTH = SharedFramePool.DIRECT_LENGTH;
    private static final ByteBuffer PAYLOAD = ByteBuffer.allocate(LENGTH - 4);

    /** One for all, as in an engine: buffers wander from state to state. */
    private static final SharedFramePool POOL = new SharedFramePool(new Counters().shared());

    private SharedFrameStress() {
    }

    /** @return 1 if the frame is what it was, at both ends. */
    private static int look(SharedFrame frame) {
        ByteBuffer bytes = frame.bytes();
        return bytes.get(0) == (byte) 0x82 && bytes.get(frame.length() - 1) == 0 ? 1 : 0;
    }

    /** Takes memory out of the pool, writes on it, gives it back. */
    private static void useAgain() {
        ByteBuffer bytes = POOL.acquire(LENGTH);
        bytes.put(0, (byte) 0x7F);
        bytes.put(LENGTH - 1, (byte) 0x7F);
        POOL.release(bytes);
    }

    /** Two loops read and let go, then use memory of the pool. r1, r2: the frame was whole as long as they had it. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Whole for both.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The memory was used again too early.")
    @State
    public static class TwoLoops {

        private final SharedFrame frame = SharedFrame.of(Opcode.BINARY, PAYLOAD.duplicate(), POOL, 2);

        @Actor
        public void loop0(II_Result r) {
            r.r1 = look(frame);
            frame.release();
            useAgain();
        }

        @Actor
        public void loop1(II_Result r) {
            r.r2 = look(frame);
            frame.release();
            useAgain();
        }
    }
}
