package io.neurolink.agent.client;

import io.neurolink.agent.spi.AgentException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;

/** Events for a loop: asks for one at a time and waits for it. The iterator is for one thread. */
final class BlockingEvents implements Iterator<RunEvent>, Flow.Subscriber<RunEvent> {
    private static final Object END = new Object();

    /** The event that was asked for, then {@link #END} or a Throwable. */
    private final LinkedBlockingQueue<Object> received = new LinkedBlockingQueue<>();
    private Flow.Subscription subscription;
    private Object next;

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
    }

    @Override
    public void onNext(RunEvent event) {
        received.add(event);
    }

    @Override
    public void onError(Throwable error) {
        received.add(error);
    }

    @Override
    public void onComplete() {
        received.add(END);
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            subscription.request(1);
            next = take();
        }
        if (next instanceof AgentException failure) {
            throw new AgentException(failure.code(), failure.getMessage(), failure.isRetryable(), failure.retryAfterMs(), failure);
        } else if (next instanceof RuntimeException failure) {
            throw failure;
        }
        return next != END;
    }

    private Object take() {
        try {
            return received.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            subscription.cancel();
            return new CancellationException("interrupted while waiting for an event; the run is cancelled");
        }
    }

    @Override
    public RunEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        RunEvent event = (RunEvent) next;
        next = null;
        return event;
    }
}
