package io.neurolink.engine.loop;

import io.neurolink.engine.worker.Worker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * Lets one thread play all threads of an engine in turn. A loop and a worker know their thread by {@code onStart}; at the end of a turn
 * that is taken back, so that outside of turns the calling thread is an application's.
 */
public final class Turns {
    private static final VarHandle LOOP_THREAD;
    private static final VarHandle LANE_OWNER;

    static {
        try {
            LOOP_THREAD = MethodHandles.privateLookupIn(EventLoop.class, MethodHandles.lookup())
                    .findVarHandle(EventLoop.class, "thread", Thread.class);
            LANE_OWNER = MethodHandles.privateLookupIn(ReplyLane.class, MethodHandles.lookup())
                    .findVarHandle(ReplyLane.class, "owner", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** One turn of a loop or a worker. */
    public interface Turn {
        int take() throws Exception;
    }

    private Turns() {
    }

    public static int of(EventLoop loop, Turn turn) {
        loop.onStart();
        try {
            return turn.take();
        } catch (Exception e) {
            throw new AssertionError("a turn of " + loop.roleName() + " failed", e);
        } finally {
            LOOP_THREAD.set(loop, null);
        }
    }

    public static int of(Worker worker, List<EventLoop> loops, Turn turn) {
        worker.onStart();
        try {
            return turn.take();
        } catch (Exception e) {
            throw new AssertionError("a turn of " + worker.roleName() + " failed", e);
        } finally {
            loops.forEach(Turns::disown);
        }
    }

    private static void disown(EventLoop loop) {
        for (ReplyLane lane : loop.proxy().lanes()) {
            LANE_OWNER.set(lane, null);
        }
    }
}
