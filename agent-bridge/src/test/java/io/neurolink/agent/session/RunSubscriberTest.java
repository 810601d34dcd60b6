package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.SignalGate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

class RunSubscriberTest {
    private final List<Integer> signals = new ArrayList<>();
    private final List<String> calls = new ArrayList<>();
    private final RunSubscriber subscriber = new RunSubscriber(new SignalGate(signals::add, Runnable::run));
    private final Flow.Subscription subscription = new Flow.Subscription() {
        @Override
        public void request(long count) {
            calls.add("request " + count);
        }

        @Override
        public void cancel() {
            calls.add("cancel");
        }
    };

    @Test
    void shouldSignalWhatComesInOrder() {
        subscriber.onSubscribe(subscription);
        subscriber.request();
        assertTrue(subscriber.isWaiting());
        AgentEvent event = new AgentEvent.Text("a");
        subscriber.onNext(event);
        assertTrue(subscriber.isWaiting(), "what has come must be taken before there can be more");
        assertEquals(event, subscriber.takeEvent());
        assertFalse(subscriber.isWaiting());
        assertNull(subscriber.takeEvent());
        subscriber.onComplete();
        assertEquals(List.of(RunSubscriber.SUBSCRIBED, RunSubscriber.EVENT, RunSubscriber.COMPLETED), signals);
        assertEquals(List.of("request 1"), calls);
    }

    @Test
    void shouldNotLoseAnEventToOneThatWasNotRequested() {
        subscriber.onSubscribe(subscription);
        subscriber.request();
        AgentEvent event = new AgentEvent.Text("a");
        subscriber.onNext(event);
        subscriber.onNext(new AgentEvent.Text("b"));
        assertEquals("event that was not requested", subscriber.violation());
        assertEquals(event, subscriber.takeEvent());
    }

    @Test
    void shouldLeaveNobodyWaitingForAToolThatNobodyWillRun() {
        subscriber.onSubscribe(subscription);
        var unwanted = new AgentEvent.ToolRequested("a", "t", null, new CompletableFuture<>());
        subscriber.onNext(unwanted);
        assertTrue(unwanted.outcome().isCancelled());
        subscriber.request();
        var untaken = new AgentEvent.ToolRequested("b", "t", null, new CompletableFuture<>());
        subscriber.onNext(untaken);
        subscriber.forget();
        assertTrue(untaken.outcome().isCancelled());
        var late = new AgentEvent.ToolRequested("c", "t", null, new CompletableFuture<>());
        subscriber.onNext(late);
        assertTrue(late.outcome().isCancelled());
    }

    @Test
    void shouldIgnoreWhatComesAfterTheEnd() {
        subscriber.onSubscribe(subscription);
        subscriber.onError(null);
        subscriber.onNext(null);
        subscriber.onComplete();
        subscriber.onError(new IllegalStateException());
        assertEquals(List.of(RunSubscriber.SUBSCRIBED, RunSubscriber.FAILED), signals);
        assertNull(subscriber.failure());
    }

    @Test
    void shouldTakeAnAgentThatHasEndedForClosed() {
        subscriber.onSubscribe(subscription);
        assertNull(subscriber.whenClosed(), "a plain subscription cannot tell");
        subscriber.onComplete();
        subscriber.cancel();
        assertEquals(List.of(), calls, "there is nothing to cancel");
        assertTrue(subscriber.whenClosed().toCompletableFuture().join());
    }

    @Test
    void shouldCancelASecondSubscription() {
        subscriber.onSubscribe(subscription);
        subscriber.onSubscribe(subscription);
        assertEquals(List.of("cancel"), calls);
        assertEquals("second subscription", subscriber.violation());
    }
}
