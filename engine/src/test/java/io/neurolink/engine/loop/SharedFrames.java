package io.neurolink.engine.loop;

import java.nio.ByteBuffer;

/** Looks into a pool of shared frames. */
public final class SharedFrames {
    private SharedFrames() {
    }

    /**
     * Takes a buffer for a frame of that length out of the pool: one that held a frame before, if it was given back. The test gives it
     * back with {@link #release}.
     */
    public static ByteBuffer acquire(SharedFramePool pool, int length) {
        return pool.acquire(length);
    }

    public static void release(SharedFramePool pool, ByteBuffer buffer) {
        pool.release(buffer);
    }
}
