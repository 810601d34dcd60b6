package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DutyThreadTest {

    private static final long LONG_MS = 30_000;

    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final Sleeper duty = new Sleeper();
    private final DutyThread dutyThread = new DutyThread("test-duty", duty, new Idling(IdleMode.BLOCKING, duty), duty::wakeUp, errors::add);

    @AfterEach
    void closeThread() {
        duty.letGo.countDown();
        assertTrue(dutyThread.close(LONG_MS), "no thread is left");
    }

    @Test
    void shouldStartCycleAndCloseOnItsOwnThread() throws InterruptedException {
        dutyThread.start();
        duty.run("cycle");
        assertTrue(dutyThread.isAlive());
        assertFalse(dutyThread.isCurrentThread());
        assertTrue(dutyThread.close(LONG_MS));

        assertEquals(List.of("onStart", "cycle", "onClose"), duty.events);
        assertEquals(List.of("test-duty"), duty.threads.stream().map(Thread::getName).distinct().toList());
        assertFalse(dutyThread.thread().isAlive());
        assertFalse(dutyThread.thread().isDaemon());
        assertEquals(List.of(), errors);
    }

    @Test
    void shouldReportWhatACycleThrowsAndGoOn() throws InterruptedException {
        dutyThread.start();
        RuntimeException exception = new IllegalStateException("broken");
        Error error = new StackOverflowError("deep");
        duty.fail(exception);
        duty.fail(error);
        duty.run("still here");

        assertEquals(List.of(exception, error), errors);
        assertTrue(duty.events.contains("still here"));
    }

    @Test
    void shouldCloseADutyThatDidNotStart() throws InterruptedException {
        duty.startFailure = new IllegalStateException("no selector");
        dutyThread.start();
        dutyThread.thread().join();

        assertEquals(List.of("onStart", "onClose"), duty.events);
        assertEquals(List.of(duty.startFailure), errors);
    }

    @Test
    void shouldClearAndReportAnInterruptThatACycleLeaves() throws InterruptedException {
        dutyThread.start();
        duty.run(() -> Thread.currentThread().interrupt());
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        duty.run(() -> interrupted.set(Thread.currentThread().isInterrupted()));

        assertEquals(false, interrupted.get());
        assertEquals(1, errors.size());
        assertTrue(errors.get(0) instanceof InterruptedException && errors.get(0).getMessage().contains("sleeper"), errors.toString());
    }

    @Test
    void shouldSurviveAnErrorHandlerThatThrows() throws InterruptedException {
        List<Throwable> uncaught = new CopyOnWriteArrayList<>();
        RuntimeException thrown = new IllegalStateException("cycle");
        RuntimeException failure = new IllegalStateException("handler");
        DutyThread fragile = new DutyThread("fragile", duty, new Idling(IdleMode.BLOCKING, duty), duty::wakeUp, error -> {
            throw failure;
        });
        fragile.thread().setUncaughtExceptionHandler((thread, error) -> uncaught.add(error));
        fragile.start();
        duty.fail(thrown);
        duty.run("still here");

        assertTrue(fragile.close(LONG_MS));
        assertEquals(List.of(failure), uncaught);
        assertSame(thrown, failure.getSuppressed()[0]);
    }

    @Test
    void shouldInterruptADutyThatBlocksBeyondTheDeadline() throws InterruptedException {
        dutyThread.start();
        CountDownLatch isBlocked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicReference<Throwable> ended = new AtomicReference<>();
        duty.post(() -> {
            isBlocked.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                ended.set(e);
            }
        });
        isBlocked.await();

        dutyThread.close(1);
        dutyThread.thread().join();
        assertTrue(ended.get() instanceof InterruptedException, String.valueOf(ended.get()));
    }

    @Test
    void shouldSayWhenADutyDoesNotReturn() throws InterruptedException {
        dutyThread.start();
        CountDownLatch isBlocked = new CountDownLatch(1);
        duty.post(() -> {
            isBlocked.countDown();
            awaitUninterruptibly(duty.letGo);
        });
        isBlocked.await();

        assertFalse(dutyThread.close(1));
        duty.letGo.countDown();
        assertTrue(dutyThread.close(LONG_MS));
        assertTrue(duty.events.contains("onClose"));
    }

    @Test
    void shouldEndWhenClosedFromItsOwnCycle() throws InterruptedException {
        dutyThread.start();
        AtomicReference<Boolean> answer = new AtomicReference<>();
        duty.post(() -> answer.set(dutyThread.isCurrentThread() && dutyThread.close(LONG_MS)));
        dutyThread.thread().join();

        assertEquals(false, answer.get());
        assertEquals("onClose", duty.events.get(duty.events.size() - 1));
    }

    @Test
    void shouldCloseWithoutEverHavingStarted() {
        assertTrue(dutyThread.close(LONG_MS));
        assertEquals(List.of(), duty.events);
    }

    @Test
    void shouldKeepTheInterruptOfTheThreadThatCloses() throws InterruptedException {
        dutyThread.start();
        duty.run("cycle");
        Thread.currentThread().interrupt();
        dutyThread.close(LONG_MS);
        assertTrue(Thread.interrupted());
    }

    @Test
    void shouldStopEvenWhenCloseComesJustBeforeTheSleep() {
        for (int i = 0; i < 200; i++) {
            Sleeper sleeper = new Sleeper();
            DutyThread fresh = new DutyThread("close-" + i, sleeper, new Idling(IdleMode.BLOCKING, sleeper), sleeper::wakeUp, errors::add);
            fresh.start();
            assertTrue(fresh.close(LONG_MS));
        }
        assertEquals(List.of(), errors);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                continue;
            }
        }
    }

    /** Runs what is posted to it and sleeps for minutes otherwise. */
    private static final class Sleeper implements Duty, Parkable {

        private final List<String> events = new CopyOnWriteArrayList<>();
        private final List<Thread> threads = new CopyOnWriteArrayList<>();
        private final CountDownLatch letGo = new CountDownLatch(1);
        private final Parking parking = new Parking(() -> LockSupport.unpark(this.thread));
        private final CommandQueue commands = new CommandQueue(16, parking);
        private RuntimeException startFailure;
        private Thread thread;

        @Override
        public void onStart() {
            thread = Thread.currentThread();
            note("onStart");
            if (startFailure != null) {
                throw startFailure;
            }
        }

        @Override
        public int doWork() {
            return commands.drain(command -> ((Runnable) command).run(), 1);
        }

        @Override
        public void onClose() {
            note("onClose");
        }

        @Override
        public String roleName() {
            return "sleeper";
        }

        @Override
        public void park() {
            parking.prepareToPark();
            parking.park(LockSupport::parkNanos, commands.isEmpty() ? TimeUnit.MINUTES.toNanos(5) : 0);
        }

        @Override
        public void wakeUp() {
            parking.wakeUp();
        }

        void post(Runnable command) {
            assertTrue(commands.offer(command));
        }

        void run(String event) throws InterruptedException {
            run(() -> note(event));
        }

        void run(Runnable step) throws InterruptedException {
            CountDownLatch done = new CountDownLatch(1);
            post(step);
            post(done::countDown);
            done.await();
        }

        void fail(Throwable error) throws InterruptedException {
            run(() -> {
                if (error instanceof Error fatal) {
                    throw fatal;
                }
                throw (RuntimeException) error;
            });
        }

        private void note(String event) {
            events.add(event);
            threads.add(Thread.currentThread());
        }
    }
}
