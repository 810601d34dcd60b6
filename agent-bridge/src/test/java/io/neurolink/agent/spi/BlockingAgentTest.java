package io.neurolink.agent.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BlockingAgentTest {
    private static RecordingSubscriber run(Agent agent, long requestEach) {
        RecordingSubscriber subscriber = new RecordingSubscriber(requestEach);
        agent.run(AgentRequest.of("r", "one two")).subscribe(subscriber);
        return subscriber;
    }

    private static boolean closed(RecordingSubscriber subscriber) {
        return ((AgentSubscription) subscriber.subscription).whenClosed().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Test
    void shouldTurnABlockingBodyIntoAPublisher() throws InterruptedException {
        Agent agent = Agent.of("shout", (request, sink) -> {
            for (String word : request.prompt().split(" ")) {
                sink.text(word.toUpperCase());
            }
        });
        RecordingSubscriber subscriber = run(agent, 1);
        assertTrue(subscriber.awaitEnd());
        assertEquals(List.of("subscribed", "ONE", "TWO", "complete"), subscriber.signals());
        assertEquals("shout", agent.name());
        assertEquals(List.of(), agent.tools());
    }

    @Test
    void shouldWaitForDemand() throws InterruptedException {
        CountDownLatch firstTaken = new CountDownLatch(1);
        AtomicBoolean secondTaken = new AtomicBoolean();
        RecordingSubscriber subscriber = run(Agent.of("slow", (request, sink) -> {
            sink.text("a");
            firstTaken.countDown();
            sink.text("b");
            secondTaken.set(true);
        }), 0);
        subscriber.subscription.request(1);
        assertTrue(firstTaken.await(30, TimeUnit.SECONDS));
        assertFalse(secondTaken.get());
        subscriber.subscription.request(1);
        assertTrue(subscriber.awaitEnd());
        assertEquals(List.of("subscribed", "a", "b", "complete"), subscriber.signals());
    }

    @Test
    void shouldInterruptABodyThatBlocksAndTellWhenItIsGone() throws InterruptedException {
        CountDownLatch blocking = new CountDownLatch(1);
        AtomicBoolean wasInterrupted = new AtomicBoolean();
        AtomicBoolean hookRan = new AtomicBoolean();
        RecordingSubscriber subscriber = run(Agent.of("stuck", (request, sink) -> {
            sink.cancellation().onCancel(() -> hookRan.set(true));
            blocking.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                wasInterrupted.set(true);
                throw e;
            }
        }), 1);
        assertTrue(blocking.await(30, TimeUnit.SECONDS));
        subscriber.subscription.cancel();
        assertTrue(closed(subscriber));
        assertTrue(wasInterrupted.get());
        assertTrue(hookRan.get());
        assertEquals(List.of("subscribed"), subscriber.signals());
    }

    @Test
    void shouldThrowCancellationIntoABodyThatWaitsForDemand() throws InterruptedException {
        CountDownLatch waiting = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        RecordingSubscriber subscriber = run(Agent.of("waiting", (request, sink) -> {
            sink.text("a");
            waiting.countDown();
            try {
                sink.text("b");
            } catch (CancellationException e) {
                thrown.set(e);
                throw e;
            }
        }), 0);
        subscriber.subscription.request(1);
        assertTrue(waiting.await(30, TimeUnit.SECONDS));
        subscriber.subscription.cancel();
        assertTrue(closed(subscriber));
        assertEquals(CancellationException.class, thrown.get().getClass());
        assertEquals(List.of("subscribed", "a"), subscriber.signals());
    }

    @Test
    void shouldNotLetAnInterruptReachTheNextTaskOfThePool() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            for (int i = 0; i < 200; i++) {
                CountDownLatch running = new CountDownLatch(1);
                RecordingSubscriber subscriber = run(Agent.of("short", pool, (request, sink) -> running.countDown()), 1);
                running.await();
                subscriber.subscription.cancel();
                assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).get());
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void shouldNotStartWhatWasCancelledBefore() {
        AtomicBoolean ran = new AtomicBoolean();
        RecordingSubscriber subscriber = run(Agent.of("never", (request, sink) -> ran.set(true)), 0);
        subscriber.subscription.cancel();
        subscriber.subscription.request(1);
        assertTrue(closed(subscriber));
        assertFalse(ran.get());
        assertEquals(List.of("subscribed"), subscriber.signals());
    }

    @Test
    void shouldPassOnWhatTheBodyThrows() throws InterruptedException {
        RecordingSubscriber checked = run(Agent.of("bad", (request, sink) -> {
            throw new IOException("no line");
        }), 1);
        assertTrue(checked.awaitEnd());
        assertEquals(List.of("subscribed", "error no line"), checked.signals());

        RecordingSubscriber error = run(Agent.of("bad", (request, sink) -> {
            throw new AssertionError("wrong");
        }), 1);
        assertTrue(error.awaitEnd());
        assertEquals(List.of("subscribed", "error wrong"), error.signals());
    }

    @Test
    void shouldEndWithFinishedIfTheBodySaysSo() throws InterruptedException {
        RecordingSubscriber subscriber = run(Agent.of("done", (request, sink) -> {
            sink.emit(new AgentEvent.Finished("length"));
            sink.text("too late");
        }), 1);
        assertTrue(subscriber.awaitEnd());
        assertTrue(closed(subscriber));
        assertEquals(List.of("subscribed", "finished length", "complete"), subscriber.signals());
    }

    @Test
    void shouldSayThatItIsBusyWhenThereIsNoThread() {
        AtomicReference<Throwable> error = new AtomicReference<>();
        Agent agent = Agent.of("busy", task -> {
            throw new RejectedExecutionException();
        }, (request, sink) -> sink.text("never"));
        agent.run(AgentRequest.of("r", "")).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(1);
            }

            @Override
            public void onNext(AgentEvent item) {
                throw new AssertionError("not expected: " + item);
            }

            @Override
            public void onError(Throwable throwable) {
                error.set(throwable);
            }

            @Override
            public void onComplete() {
                throw new AssertionError("not expected");
            }
        });
        AgentException failure = (AgentException) error.get();
        assertEquals("MODEL_UNAVAILABLE", failure.code());
        assertTrue(failure.isRetryable());
    }

    @Test
    void shouldTakePlatformThreadsWhereThereAreNoVirtualOnes() throws Exception {
        ExecutorService platform = BlockingThreads.create(17);
        assertTrue(platform.submit(() -> Thread.currentThread().isDaemon()).get());
        platform.shutdown();
        if (Runtime.version().feature() >= 21) {
            ExecutorService virtual = BlockingThreads.create(21);
            assertEquals("VirtualThread", virtual.submit(() -> Thread.currentThread().getClass().getSimpleName()).get());
            virtual.shutdown();
        }
    }
}
