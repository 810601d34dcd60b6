package io.neurolink.agent.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/** Records signals as words, and requests what it is told to. */
final class RecordingSubscriber implements Flow.Subscriber<AgentEvent> {
    private final List<String> signals = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final long requestEach;
    Flow.Subscription subscription;

    /** @param requestEach events to request at first and with each event; 0 = none. */
    RecordingSubscriber(long requestEach) {
        this.requestEach = requestEach;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        add("subscribed");
        subscription = newSubscription;
        if (requestEach > 0) {
            subscription.request(requestEach);
        }
    }

    @Override
    public void onNext(AgentEvent event) {
        if (event instanceof AgentEvent.Text text) {
            add(text.text());
        } else if (event instanceof AgentEvent.Finished finished) {
            add("finished " + finished.finishReason());
        } else {
            add(event.toString());
        }
        if (requestEach > 0) {
            subscription.request(requestEach);
        }
    }

    @Override
    public void onError(Throwable error) {
        add("error " + error.getMessage());
        ended.countDown();
    }

    @Override
    public void onComplete() {
        add("complete");
        ended.countDown();
    }

    private synchronized void add(String signal) {
        signals.add(signal);
    }

    synchronized List<String> signals() {
        return List.copyOf(signals);
    }

    boolean awaitEnd() throws InterruptedException {
        return ended.await(30, TimeUnit.SECONDS);
    }
}
