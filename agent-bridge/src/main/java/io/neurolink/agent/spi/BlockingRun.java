package io.neurolink.agent.spi;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One run of a {@link BlockingAgent}, between two threads: the body's, which emits and waits for demand, and whichever requests or cancels.
 * Demand is the permits of a semaphore.
 */
final class BlockingRun implements AgentSubscription, AgentSink, Runnable {
    private static final int MAX_DEMAND = 1 << 29;

    private final Executor executor;
    private final Agent.BlockingBody body;
    private final AgentRequest request;
    private final Flow.Subscriber<? super AgentEvent> subscriber;
    private final Semaphore demand = new Semaphore(0);
    private final AtomicBoolean started = new AtomicBoolean();
    private final CancellationSource cancellation = new CancellationSource();
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();

    /** Held while {@link #bodyThread} is interrupted or given back, so that no later task of that thread is interrupted. */
    private final ReentrantLock threadLock = new ReentrantLock();
    private Thread bodyThread;

    /** Set when the last signal is about to be sent; there is nothing to cancel from then on. */
    private final AtomicBoolean ended = new AtomicBoolean();

    BlockingRun(Executor executor, Agent.BlockingBody body, AgentRequest request, Flow.Subscriber<? super AgentEvent> subscriber) {
        this.executor = executor;
        this.body = body;
        this.request = request;
        this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
        if (count > 0) {
            demand.release((int) Math.min(count, Math.max(1, MAX_DEMAND - demand.availablePermits())));
        }
        if (started.compareAndSet(false, true)) {
            start(count);
        }
    }

    private void start(long count) {
        if (count <= 0) {
            endWithError(new IllegalArgumentException("requested " + count + " events"));
            return;
        }
        try {
            executor.execute(this);
        } catch (RejectedExecutionException e) {
            endWithError(new AgentException(ErrorCode.MODEL_UNAVAILABLE, "The agent is busy"));
        }
    }

    private void endWithError(RuntimeException error) {
        ended.set(true);
        closed.complete(true);
        subscriber.onError(error);
    }

    @Override
    public void cancel() {
        if (ended.get() || cancellation.isCancelled()) {
            return;
        }
        if (started.compareAndSet(false, true)) {
            closed.complete(true);
        }
        try {
            cancellation.cancel();
        } finally {
            demand.release();
            interruptBody();
        }
    }

    private void interruptBody() {
        threadLock.lock();
        try {
            if (bodyThread != null && bodyThread != Thread.currentThread()) {
                bodyThread.interrupt();
            }
        } finally {
            threadLock.unlock();
        }
    }

    @Override
    public CompletionStage<Boolean> whenClosed() {
        return closed;
    }

    @Override
    public void run() {
        setBodyThread(Thread.currentThread());
        Throwable failure = null;
        try {
            if (!cancellation.isCancelled()) {
                body.run(request, this);
            }
        } catch (Exception | StackOverflowError | AssertionError e) {
            failure = e;
        } finally {
            setBodyThread(null);
            closed.complete(true);
        }
        end(failure);
    }

    private void setBodyThread(Thread thread) {
        threadLock.lock();
        try {
            bodyThread = thread;
            if (thread == null) {
                // An interrupt meant for the body must not reach the next task of a pooled thread.
                Thread.interrupted();
            }
        } finally {
            threadLock.unlock();
        }
    }

    private void end(Throwable failure) {
        if (cancellation.isCancelled() || !ended.compareAndSet(false, true)) {
            return;
        }
        if (failure == null) {
            subscriber.onComplete();
        } else {
            subscriber.onError(failure);
        }
    }

    @Override
    public void emit(AgentEvent event) {
        if (ended.get()) {
            throw new IllegalStateException("the answer is finished");
        }
        awaitDemand();
        boolean isLast = event instanceof AgentEvent.Finished;
        ended.set(isLast);
        subscriber.onNext(event);
        if (isLast) {
            subscriber.onComplete();
        }
    }

    private void awaitDemand() {
        try {
            demand.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cancelled();
        }
        if (cancellation.isCancelled()) {
            throw cancelled();
        }
    }

    private static CancellationException cancelled() {
        return new CancellationException("the run was cancelled");
    }

    @Override
    public Cancellation cancellation() {
        return cancellation;
    }
}
