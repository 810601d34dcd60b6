package io.neurolink.agent.client;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Where code of the application is called: never on the client's own thread, and never on one of the engine's. */
record Callbacks(Executor executor) {
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    /** Has something called; what it throws is logged. Where the executor takes nothing any more, it is called at once. */
    void execute(Runnable action) {
        Runnable guarded = () -> {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOGGER.log(Level.WARNING, "a callback of the agent client failed", e);
            }
        };
        try {
            executor.execute(guarded);
        } catch (RejectedExecutionException e) {
            guarded.run();
        }
    }
}
