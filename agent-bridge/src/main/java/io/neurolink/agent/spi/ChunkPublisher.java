package io.neurolink.agent.spi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A publisher for agents that never block: it calls a {@link Source} whenever the subscriber wants events, and sees to the rules of
 * {@link Flow} itself. It buffers nothing. A source that has nothing yet returns, and calls {@link #wake()} when it has.
 *
 * <p>For one subscriber; a second one gets {@code onError}. Every public method may be called from any thread except where it says
 * otherwise.
 */
public final class ChunkPublisher implements Flow.Publisher<AgentEvent> {
    /** Produces events on demand. Its methods are called one at a time, on the thread that requested, woke or cancelled. */
    public interface Source {
        /**
         * Called while at least one event is wanted, after each request and each {@link ChunkPublisher#wake()}. Must not block. What it
         * throws fails the run.
         *
         * @param out takes the events during this call.
         */
        void produce(Emitter out);

        /**
         * The subscriber wants no more: closes what is open, cancels timers. Called at most once, and not after the end. Must not block.
         */
        default void onCancel() {
        }

        /**
         * As {@link #onCancel}, which it calls unless it is overridden, for a source that lets go later than it returns.
         *
         * @return completes as {@link AgentSubscription#whenClosed} is to.
         */
        default CompletionStage<Boolean> close() {
            onCancel();
            return CompletableFuture.completedFuture(true);
        }
    }

    /** Takes events from a source, only during {@link Source#produce}. */
    public interface Emitter {
        /**
         * Hands an event to the subscriber.
         *
         * @param event the event, not null.
         * @return whether a further event is wanted.
         * @throws IllegalStateException if this one was not wanted.
         */
        boolean emit(AgentEvent event);

        /**
         * Ends the answer; sent as soon as an event is wanted.
         *
         * @param finishReason why it ends.
         */
        void finish(String finishReason);

        /**
         * Fails the run.
         *
         * @param error why; an {@link AgentException} chooses the code.
         */
        void fail(Throwable error);

        /** {@return whether an event is wanted} */
        boolean isWanted();
    }

    private static final int READY = 1;
    private static final int CANCEL = 2;

    private final Source source;
    private final SignalGate gate;
    private final AtomicReference<Flow.Subscriber<? super AgentEvent>> subscriber = new AtomicReference<>();
    private final AtomicLong demand = new AtomicLong();
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
    private final Emitter emitter = new SourceEmitter();

    private boolean ended;
    private String finishReason;
    private Throwable failure;

    /**
     * Makes a publisher for one run.
     *
     * @param source   produces the events.
     * @param executor continues when a source that is always ready has held a borrowed thread long enough.
     */
    public ChunkPublisher(Source source, Executor executor) {
        this.source = source;
        this.gate = new SignalGate(this::work, executor);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super AgentEvent> newSubscriber) {
        if (subscriber.compareAndSet(null, newSubscriber)) {
            newSubscriber.onSubscribe(new Demand());
        } else {
            newSubscriber.onSubscribe(new NoDemand());
            newSubscriber.onError(new IllegalStateException("a run has one subscriber"));
        }
    }

    /** Has the source called again if an event is wanted. */
    public void wake() {
        gate.signal(READY);
    }

    private void work(int signals) {
        if (ended) {
            return;
        }
        if ((signals & CANCEL) != 0) {
            cancelled();
        } else {
            produce();
        }
    }

    private void cancelled() {
        ended = true;
        try {
            source.close().whenComplete((isClosed, error) -> {
                if (error == null) {
                    closed.complete(isClosed);
                } else {
                    closed.completeExceptionally(error);
                }
            });
        } catch (Throwable e) {
            closed.completeExceptionally(e);
        }
    }

    private void produce() {
        if (demand.get() > 0 && finishReason == null && failure == null) {
            try {
                source.produce(emitter);
            } catch (Throwable e) {
                failure = e;
            }
        }
        endIfDue();
    }

    private void endIfDue() {
        Flow.Subscriber<? super AgentEvent> out = subscriber.get();
        if (failure != null) {
            ended = true;
            closed.complete(true);
            out.onError(failure);
        } else if (finishReason != null && demand.get() > 0) {
            ended = true;
            closed.complete(true);
            out.onNext(new AgentEvent.Finished(finishReason));
            out.onComplete();
        }
    }

    private final class SourceEmitter implements Emitter {
        @Override
        public boolean emit(AgentEvent event) {
            if (demand.get() == 0 || finishReason != null || failure != null) {
                throw new IllegalStateException("no event was wanted");
            }
            demand.decrementAndGet();
            subscriber.get().onNext(event);
            return isWanted();
        }

        @Override
        public void finish(String reason) {
            finishReason = reason;
        }

        @Override
        public void fail(Throwable error) {
            failure = error;
        }

        @Override
        public boolean isWanted() {
            return demand.get() > 0;
        }
    }

    private final class Demand implements AgentSubscription {
        @Override
        public void request(long count) {
            if (count <= 0) {
                failure = new IllegalArgumentException("requested " + count + " events");
            } else {
                demand.accumulateAndGet(count, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
            }
            gate.signal(READY);
        }

        @Override
        public void cancel() {
            gate.signal(CANCEL);
        }

        @Override
        public CompletionStage<Boolean> whenClosed() {
            return closed;
        }
    }

    private static final class NoDemand implements Flow.Subscription {
        @Override
        public void request(long count) {
            // Nothing will ever be sent to a second subscriber but the error.
        }

        @Override
        public void cancel() {
            // There is nothing to give up.
        }
    }
}
