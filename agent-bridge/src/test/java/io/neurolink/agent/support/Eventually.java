package io.neurolink.agent.support;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what becomes true in other processes, of which nobody tells. */
public final class Eventually {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private Eventually() {
    }

    /**
     * @param condition what is waited for.
     * @param otherwise says what is there instead.
     */
    public static void become(BooleanSupplier condition, Supplier<String> otherwise) {
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        boolean isTrue = condition.getAsBoolean();
        while (!isTrue && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            isTrue = condition.getAsBoolean();
        }
        assertTrue(isTrue, otherwise);
    }
}
