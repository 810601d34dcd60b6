package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what other threads do, with generous limits that only failing tests reach. */
public final class Await {
    public static final long TIMEOUT_S = 60;

    private static final long LOOK_EVERY_NS = 500_000;

    private Await() {
    }

    public static void until(Supplier<String> what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                fail("not within " + TIMEOUT_S + " s: " + what.get());
            }
            LockSupport.parkNanos(LOOK_EVERY_NS);
        }
    }

    public static void until(String what, BooleanSupplier condition) {
        until(() -> what, condition);
    }

    public static <T> void untilEquals(T expected, Supplier<T> actual) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (!Objects.equals(expected, actual.get()) && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(LOOK_EVERY_NS);
        }
        assertEquals(expected, actual.get());
    }

    public static <T> T done(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return fail("not completed within " + TIMEOUT_S + " s", e);
        } catch (ExecutionException e) {
            return fail("failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return fail("interrupted", e);
        }
    }
}
