package io.neurolink.agent.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;

/** A subscriber that writes down what it gets and asks for as much as the test says. */
final class EventLog implements Flow.Subscriber<RunEvent> {
    final List<RunEvent> events = new ArrayList<>();
    Flow.Subscription subscription;
    Throwable error;
    boolean isComplete;
    private final long first;

    private EventLog(long first) {
        this.first = first;
    }

    /** Asks for everything. */
    static EventLog of(AgentRun run) {
        return of(run, Long.MAX_VALUE);
    }

    static EventLog of(AgentRun run, long first) {
        EventLog log = new EventLog(first);
        run.events().subscribe(log);
        return log;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        if (first > 0) {
            subscription.request(first);
        }
    }

    @Override
    public void onNext(RunEvent event) {
        events.add(event);
    }

    @Override
    public void onError(Throwable failure) {
        error = failure;
    }

    @Override
    public void onComplete() {
        isComplete = true;
    }

    List<Class<?>> types() {
        List<Class<?>> types = new ArrayList<>();
        events.forEach(event -> types.add(event.getClass()));
        return types;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event instanceof RunEvent.Text part ? part.text() : ""));
        return text.toString();
    }
}
