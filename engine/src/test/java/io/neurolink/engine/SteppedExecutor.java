package io.neurolink.engine;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs what may block when its turn comes, on the thread that steps everything. */
final class SteppedExecutor implements Executor {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean isFull;
    private boolean isHeld;

    /** As if too much waited already. */
    void full(boolean newIsFull) {
        isFull = newIsFull;
    }

    /** As if all threads were busy: what is handed over waits. */
    void held(boolean newIsHeld) {
        isHeld = newIsHeld;
    }

    @Override
    public void execute(Runnable task) {
        if (isFull) {
            throw new RejectedExecutionException("full");
        }
        tasks.add(task);
    }

    int runAll() {
        int count = 0;
        while (!isHeld && !tasks.isEmpty()) {
            tasks.poll().run();
            count++;
        }
        return count;
    }
}
