package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentSubscription;
import io.neurolink.agent.spi.SignalGate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Takes the signals of an agent's publisher, from whatever thread, and turns them into bits of the run's gate. It never wants more than one
 * event, so one slot holds what came; signals that break the rules of {@link Flow} become {@link #VIOLATED}, and those after the end are
 * ignored.
 */
final class RunSubscriber implements Flow.Subscriber<AgentEvent> {
    static final int SUBSCRIBED = 1;
    static final int EVENT = 1 << 1;
    static final int COMPLETED = 1 << 2;
    static final int FAILED = 1 << 3;
    static final int VIOLATED = 1 << 4;

    private static final Flow.Subscription FORGOTTEN = new Flow.Subscription() {
        @Override
        public void request(long count) {
            // Nothing is wanted any more.
        }

        @Override
        public void cancel() {
            // There is nothing left to be cancelled.
        }
    };

    private final SignalGate gate;
    private final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicReference<AgentEvent> slot = new AtomicReference<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicReference<String> violation = new AtomicReference<>();

    RunSubscriber(SignalGate gate) {
        this.gate = gate;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        if (newSubscription == null) {
            violated("null subscription");
        } else if (subscription.compareAndSet(null, newSubscription)) {
            gate.signal(SUBSCRIBED);
        } else {
            newSubscription.cancel();
            violated("second subscription");
        }
    }

    @Override
    public void onNext(AgentEvent event) {
        if (done.get()) {
            abandon(event);
        } else if (event == null) {
            violated("null event");
        } else if (!wanted.compareAndSet(true, false)) {
            abandon(event);
            violated("event that was not requested");
        } else {
            slot.set(event);
            gate.signal(EVENT);
        }
    }

    /** Nobody will see the event: if it asks for a tool, nobody must wait for that. */
    private static void abandon(AgentEvent event) {
        if (event instanceof AgentEvent.ToolRequested requested) {
            requested.outcome().cancel(false);
        }
    }

    @Override
    public void onError(Throwable error) {
        if (done.compareAndSet(false, true)) {
            failure.set(error);
            gate.signal(FAILED);
        }
    }

    @Override
    public void onComplete() {
        if (done.compareAndSet(false, true)) {
            gate.signal(COMPLETED);
        }
    }

    private void violated(String what) {
        violation.compareAndSet(null, what);
        gate.signal(VIOLATED);
    }

    /** Has the agent asked for one more event; what the agent throws passes. */
    void request() {
        wanted.set(true);
        subscription.get().request(1);
    }

    /** @return whether an event was requested and has not come. */
    boolean isWaiting() {
        return wanted.get();
    }

    boolean isSubscribed() {
        return subscription.get() != null;
    }

    AgentEvent takeEvent() {
        return slot.getAndSet(null);
    }

    Throwable failure() {
        return failure.get();
    }

    String violation() {
        return violation.get();
    }

    /** Cancels the subscription if there is one and it has not ended; what the agent throws passes. */
    void cancel() {
        Flow.Subscription current = subscription.get();
        if (current != null && !done.get()) {
            current.cancel();
        }
    }

    /** Lets go of what the agent holds: a subscription that comes now is cancelled at once, and nothing more is taken. */
    void forget() {
        done.set(true);
        subscription.set(FORGOTTEN);
        abandon(slot.getAndSet(null));
    }

    /** @return completes when the cancelled agent has let go of what it held; null if it cannot tell. */
    CompletionStage<Boolean> whenClosed() {
        if (done.get()) {
            return CompletableFuture.completedFuture(true);
        }
        return subscription.get() instanceof AgentSubscription known ? known.whenClosed() : null;
    }
}
