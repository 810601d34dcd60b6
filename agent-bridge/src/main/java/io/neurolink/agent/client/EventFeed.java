package io.neurolink.agent.client;

import io.neurolink.agent.spi.AgentException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The events of one run on their way to its subscriber. Those that are not asked for yet wait here; text that waits is joined, so that only
 * its length counts. When more waits than may, the subscriber gets an error: nothing is left out silently. The lock is never held while the
 * subscriber is called.
 *
 * <pre>
 *   client's thread ── add, end ──▶ waiting ── deliver, as far as asked for ──▶ subscriber, on the callbacks' executor
 * </pre>
 */
final class EventFeed implements Flow.Publisher<RunEvent> {
    /** What an event that is not text counts, in characters. */
    private static final int EVENT_CHARS = 256;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<RunEvent> waiting = new ArrayDeque<>();
    private final Callbacks callbacks;
    private final int maxChars;
    private Flow.Subscriber<? super RunEvent> subscriber;
    private StringBuilder joined;
    private long waitingChars;
    private long demand;
    private boolean isDelivering;
    private boolean isUnwanted;
    private boolean isEnded;
    private Throwable failure;
    private Runnable onCancel = () -> { };

    EventFeed(Callbacks callbacks, int maxChars) {
        this.callbacks = callbacks;
        this.maxChars = maxChars;
    }

    /** Told, on the subscriber's thread, that the subscriber has cancelled. */
    void onCancel(Runnable action) {
        onCancel = action;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super RunEvent> newSubscriber) {
        Objects.requireNonNull(newSubscriber, "subscriber");
        String refusal = claim(newSubscriber);
        if (refusal == null) {
            newSubscriber.onSubscribe(new Subscription());
            begin();
        } else {
            newSubscriber.onSubscribe(NO_SUBSCRIPTION);
            newSubscriber.onError(new IllegalStateException(refusal));
        }
    }

    private String claim(Flow.Subscriber<? super RunEvent> newSubscriber) {
        lock.lock();
        try {
            if (subscriber != null) {
                return "the events of a run have one subscriber";
            } else if (isUnwanted) {
                return "the events were not kept: subscribe before await(), text() and the like, and before too many have come";
            }
            subscriber = newSubscriber;
            isDelivering = true;
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** What was asked for within {@code onSubscribe} is delivered after it. */
    private void begin() {
        lock.lock();
        try {
            isDelivering = isUnwanted;
        } finally {
            lock.unlock();
        }
        deliverSoon();
    }

    /** Nobody will subscribe: events need not be kept. Changes nothing where somebody has. */
    void forgo() {
        lock.lock();
        try {
            if (subscriber == null) {
                drop();
            }
        } finally {
            lock.unlock();
        }
    }

    private void drop() {
        isUnwanted = true;
        waiting.clear();
        joined = null;
        waitingChars = 0;
    }

    void add(RunEvent event) {
        lock.lock();
        try {
            if (isUnwanted || isEnded) {
                return;
            }
            keep(event);
            if (waitingChars > maxChars) {
                overflow();
            }
        } finally {
            lock.unlock();
        }
        deliverSoon();
    }

    private void keep(RunEvent event) {
        if (event instanceof RunEvent.Text text) {
            keepText(event, text.text());
        } else if (event instanceof RunEvent.Reasoning reasoning) {
            keepText(event, reasoning.text());
        } else {
            seal();
            waiting.addLast(event);
            waitingChars += EVENT_CHARS;
        }
    }

    /** The text of the last event is in the builder, if one was begun: pieces are joined without copying them again and again. */
    private void keepText(RunEvent event, String text) {
        waitingChars += text.length();
        RunEvent last = waiting.peekLast();
        if (last != null && last.getClass() == event.getClass()) {
            if (joined == null) {
                joined = new StringBuilder(textOf(last));
            }
            joined.append(text);
            waiting.removeLast();
        } else {
            seal();
        }
        waiting.addLast(event);
    }

    private static String textOf(RunEvent event) {
        return event instanceof RunEvent.Text text ? text.text() : ((RunEvent.Reasoning) event).text();
    }

    private void seal() {
        if (joined != null) {
            RunEvent last = waiting.removeLast();
            waiting.addLast(last instanceof RunEvent.Text ? new RunEvent.Text(last.seq(), joined.toString())
                    : new RunEvent.Reasoning(last.seq(), joined.toString()));
            joined = null;
        }
    }

    private void overflow() {
        boolean isHeard = subscriber != null;
        drop();
        isUnwanted = !isHeard;
        isEnded = isHeard;
        failure = new AgentException("SUBSCRIBER_TOO_SLOW", "More than " + maxChars + " characters of events were waiting", true,
                AgentException.NO_HINT);
    }

    /** Nothing follows. */
    void end(Throwable error) {
        lock.lock();
        try {
            if (!isEnded) {
                isEnded = true;
                failure = error;
            }
        } finally {
            lock.unlock();
        }
        deliverSoon();
    }

    private void deliverSoon() {
        lock.lock();
        try {
            if (subscriber == null || isDelivering || !isDue()) {
                return;
            }
            isDelivering = true;
        } finally {
            lock.unlock();
        }
        callbacks.execute(this::deliver);
    }

    private boolean isDue() {
        return demand != 0 && !waiting.isEmpty() || demand < 0 || isEnded && waiting.isEmpty();
    }

    private void deliver() {
        RunEvent event = next();
        while (event != null) {
            try {
                subscriber.onNext(event);
            } catch (RuntimeException e) {
                cancel(e);
            }
            event = next();
        }
    }

    /** @return what is to be delivered next, or null if that was all for now. */
    private RunEvent next() {
        Flow.Subscriber<? super RunEvent> ending = null;
        lock.lock();
        try {
            if (!isUnwanted && demand > 0 && !waiting.isEmpty()) {
                demand -= demand == Long.MAX_VALUE ? 0 : 1;
                return take();
            }
            if (!isUnwanted && (demand < 0 || isEnded && waiting.isEmpty())) {
                ending = subscriber;
                failure = demand < 0 ? new IllegalArgumentException("request(n) needs n > 0 (Reactive Streams 3.9)") : failure;
                drop();
            }
            // After the end nothing is delivered any more.
            isDelivering = isUnwanted;
        } finally {
            lock.unlock();
        }
        if (ending != null && failure != null) {
            ending.onError(failure);
        } else if (ending != null) {
            ending.onComplete();
        }
        return null;
    }

    private RunEvent take() {
        if (waiting.size() == 1) {
            seal();
        }
        RunEvent event = waiting.removeFirst();
        waitingChars -= event instanceof RunEvent.Text || event instanceof RunEvent.Reasoning ? textOf(event).length() : EVENT_CHARS;
        return event;
    }

    /** A subscriber that throws is told nothing more. */
    private void cancel(RuntimeException thrown) {
        new Subscription().cancel();
        throw thrown;
    }

    private static final Flow.Subscription NO_SUBSCRIPTION = new Flow.Subscription() {
        @Override
        public void request(long n) {
            // Nothing will come.
        }

        @Override
        public void cancel() {
            // Nothing is going on.
        }
    };

    private final class Subscription implements Flow.Subscription {
        @Override
        public void request(long n) {
            lock.lock();
            try {
                if (demand >= 0) {
                    demand = n <= 0 ? -1 : Math.addExact(demand, Math.min(n, Long.MAX_VALUE - demand));
                }
            } finally {
                lock.unlock();
            }
            deliverSoon();
        }

        @Override
        public void cancel() {
            boolean isFirst;
            lock.lock();
            try {
                isFirst = !isUnwanted;
                drop();
                isDelivering = true;
            } finally {
                lock.unlock();
            }
            if (isFirst) {
                onCancel.run();
            }
        }
    }
}
