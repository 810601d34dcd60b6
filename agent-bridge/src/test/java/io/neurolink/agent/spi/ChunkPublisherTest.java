package io.neurolink.agent.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class ChunkPublisherTest {
    private final ArrayDeque<Runnable> executor = new ArrayDeque<>();

    /** Emits the texts while they are wanted, then finishes. */
    private static ChunkPublisher.Source texts(String... texts) {
        ArrayDeque<String> rest = new ArrayDeque<>(List.of(texts));
        return out -> {
            while (out.isWanted() && !rest.isEmpty()) {
                out.emit(new AgentEvent.Text(rest.poll()));
            }
            if (rest.isEmpty()) {
                out.finish("stop");
            }
        };
    }

    private ChunkPublisher publisher(ChunkPublisher.Source source) {
        return new ChunkPublisher(source, executor::add);
    }

    @Test
    void shouldEmitNothingThatWasNotRequested() {
        RecordingSubscriber subscriber = new RecordingSubscriber(0);
        publisher(texts("a", "b")).subscribe(subscriber);
        assertEquals(List.of("subscribed"), subscriber.signals());
        subscriber.subscription.request(1);
        assertEquals(List.of("subscribed", "a"), subscriber.signals());
        subscriber.subscription.request(1);
        assertEquals(List.of("subscribed", "a", "b"), subscriber.signals());
        subscriber.subscription.request(5);
        assertEquals(List.of("subscribed", "a", "b", "finished stop", "complete"), subscriber.signals());
    }

    @Test
    void shouldNotOverflowTheStackWhenEachEventRequestsTheNext() {
        RecordingSubscriber subscriber = new RecordingSubscriber(1);
        int[] left = {100_000};
        publisher(out -> {
            if (left[0]-- > 0) {
                out.emit(new AgentEvent.Text("x"));
            } else {
                out.finish("length");
            }
        }).subscribe(subscriber);
        while (!executor.isEmpty()) {
            executor.poll().run();
        }
        assertEquals(100_003, subscriber.signals().size());
        assertEquals("complete", subscriber.signals().get(100_002));
    }

    @Test
    void shouldSaturateDemand() {
        RecordingSubscriber subscriber = new RecordingSubscriber(Long.MAX_VALUE);
        publisher(texts("a", "b", "c")).subscribe(subscriber);
        assertEquals(List.of("subscribed", "a", "b", "c", "finished stop", "complete"), subscriber.signals());
    }

    @Test
    void shouldCallASourceAgainThatHadNothingYet() {
        RecordingSubscriber subscriber = new RecordingSubscriber(1);
        ArrayDeque<String> arrived = new ArrayDeque<>();
        ChunkPublisher publisher = publisher(out -> {
            if (!arrived.isEmpty()) {
                out.emit(new AgentEvent.Text(arrived.poll()));
            }
        });
        publisher.subscribe(subscriber);
        assertEquals(List.of("subscribed"), subscriber.signals());
        arrived.add("late");
        publisher.wake();
        publisher.wake();
        assertEquals(List.of("subscribed", "late"), subscriber.signals());
    }

    @Test
    void shouldCancelOnceAndSayThatItIsClosed() {
        List<String> calls = new ArrayList<>();
        ChunkPublisher publisher = publisher(new ChunkPublisher.Source() {
            @Override
            public void produce(ChunkPublisher.Emitter out) {
                calls.add("produce");
            }

            @Override
            public void onCancel() {
                calls.add("cancel");
            }
        });
        RecordingSubscriber subscriber = new RecordingSubscriber(1);
        publisher.subscribe(subscriber);
        CompletableFuture<Boolean> closed = ((AgentSubscription) subscriber.subscription).whenClosed().toCompletableFuture();
        assertFalse(closed.isDone());
        subscriber.subscription.cancel();
        subscriber.subscription.cancel();
        subscriber.subscription.request(1);
        publisher.wake();
        assertEquals(List.of("produce", "cancel"), calls);
        assertTrue(closed.join());
        assertEquals(List.of("subscribed"), subscriber.signals());
    }

    @Test
    void shouldTellThatItCouldNotClose() {
        RecordingSubscriber subscriber = new RecordingSubscriber(1);
        publisher(new ChunkPublisher.Source() {
            @Override
            public void produce(ChunkPublisher.Emitter out) {
                assertTrue(out.isWanted());
            }

            @Override
            public void onCancel() {
                throw new IllegalStateException("stuck");
            }
        }).subscribe(subscriber);
        subscriber.subscription.cancel();
        AgentSubscription subscription = (AgentSubscription) subscriber.subscription;
        assertThrows(ExecutionException.class, () -> subscription.whenClosed().toCompletableFuture().get());
    }

    @Test
    void shouldTurnWhatTheSourceThrowsIntoAnError() {
        RecordingSubscriber subscriber = new RecordingSubscriber(1);
        publisher(out -> {
            throw new IllegalStateException("broken");
        }).subscribe(subscriber);
        assertEquals(List.of("subscribed", "error broken"), subscriber.signals());
    }

    @Test
    void shouldFailWithoutDemandAndFinishOnlyWithIt() {
        RecordingSubscriber failing = new RecordingSubscriber(0);
        publisher(out -> {
            out.emit(new AgentEvent.Text("a"));
            out.fail(new AgentException(ErrorCode.MODEL_ERROR, "over"));
        }).subscribe(failing);
        failing.subscription.request(1);
        assertEquals(List.of("subscribed", "a", "error over"), failing.signals());

        RecordingSubscriber finishing = new RecordingSubscriber(0);
        publisher(out -> {
            out.emit(new AgentEvent.Text("a"));
            out.finish("stop");
        }).subscribe(finishing);
        finishing.subscription.request(1);
        assertEquals(List.of("subscribed", "a"), finishing.signals());
        finishing.subscription.request(1);
        assertEquals(List.of("subscribed", "a", "finished stop", "complete"), finishing.signals());
    }

    @Test
    void shouldRefuseAnEventThatIsNotWanted() {
        RecordingSubscriber subscriber = new RecordingSubscriber(0);
        publisher(out -> {
            out.emit(new AgentEvent.Text("a"));
            out.emit(new AgentEvent.Text("b"));
        }).subscribe(subscriber);
        subscriber.subscription.request(1);
        assertEquals(List.of("subscribed", "a", "error no event was wanted"), subscriber.signals());
    }

    @Test
    void shouldRefuseASecondSubscriberAndARequestOfNothing() {
        ChunkPublisher publisher = publisher(texts("a"));
        RecordingSubscriber first = new RecordingSubscriber(0);
        RecordingSubscriber second = new RecordingSubscriber(0);
        publisher.subscribe(first);
        publisher.subscribe(second);
        assertEquals(List.of("subscribed", "error a run has one subscriber"), second.signals());
        first.subscription.request(0);
        assertEquals(List.of("subscribed", "error requested 0 events"), first.signals());
    }
}
