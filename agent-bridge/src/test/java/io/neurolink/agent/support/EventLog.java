package io.neurolink.agent.support;

import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentSubscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Subscribes to a run of an agent, and asks for one event after the other unless it is told not to. */
public final class EventLog implements Flow.Subscriber<AgentEvent> {
    private static final int TIMEOUT_SECONDS = 60;

    private final BlockingQueue<AgentEvent> inbox = new LinkedBlockingQueue<>();
    private final CompletableFuture<List<AgentEvent>> ended = new CompletableFuture<>();
    private final List<AgentEvent> all = new ArrayList<>();
    private final boolean isEager;
    private AgentSubscription subscription;

    private EventLog(boolean isEager) {
        this.isEager = isEager;
    }

    /** Takes all events. */
    public static EventLog of(Flow.Publisher<AgentEvent> publisher) {
        return subscribe(publisher, new EventLog(true));
    }

    /** Takes none but those that are asked for. */
    public static EventLog paused(Flow.Publisher<AgentEvent> publisher) {
        return subscribe(publisher, new EventLog(false));
    }

    private static EventLog subscribe(Flow.Publisher<AgentEvent> publisher, EventLog log) {
        publisher.subscribe(log);
        return log;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = (AgentSubscription) given;
        if (isEager) {
            subscription.request(1);
        }
    }

    @Override
    public void onNext(AgentEvent event) {
        all.add(event);
        inbox.add(event);
        if (isEager) {
            subscription.request(1);
        }
    }

    @Override
    public void onError(Throwable error) {
        ended.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        ended.complete(all);
    }

    public void request(long count) {
        subscription.request(count);
    }

    /** Cancels, and waits until the run says that what it held is closed. */
    public boolean cancel() {
        subscription.cancel();
        return subscription.whenClosed().toCompletableFuture().orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    public void beginCancel() {
        subscription.cancel();
    }

    public AgentEvent next() throws InterruptedException {
        AgentEvent event = inbox.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (event == null) {
            throw new AssertionError("no event came; ended: " + ended);
        }
        return event;
    }

    public <T extends AgentEvent> T next(Class<T> type) throws InterruptedException {
        while (true) {
            AgentEvent event = next();
            if (type.isInstance(event)) {
                return type.cast(event);
            }
        }
    }

    /** @return all events, when it has completed. */
    public List<AgentEvent> events() {
        return ended.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    /** @return the text of the answer, when it has completed. */
    public String text() {
        return events().stream().filter(AgentEvent.Text.class::isInstance).map(event -> ((AgentEvent.Text) event).text())
                .collect(Collectors.joining());
    }

    /** @return why it failed, when it has. */
    public AgentException failure() {
        return ended.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).handle((value, error) -> {
            if (error == null) {
                throw new AssertionError("did not fail: " + value);
            }
            return error instanceof AgentException known ? known : (AgentException) error.getCause();
        }).join();
    }

    public boolean isEnded() {
        return ended.isDone();
    }
}
