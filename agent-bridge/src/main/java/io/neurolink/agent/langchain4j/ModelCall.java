package io.neurolink.agent.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.neurolink.agent.langchain4j.http.ModelStream;
import io.neurolink.agent.langchain4j.http.StreamOwner;
import io.neurolink.agent.spi.AgentEvent;
import java.io.EOFException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One request to a model. What the model says, from whatever thread, is kept until the run takes it; one result ends the call, and what
 * comes after that is ignored: models report an error after a cancel, or go on after their handler threw.
 *
 * <p>How a model is slowed down depends on who reads for it. A stream of our HTTP client stops reading when {@value #HIGH} pieces wait and
 * goes on at {@value #LOW}; any other model is made to wait in its callback.
 */
final class ModelCall implements StreamOwner, StreamingChatResponseHandler {
    /** How a call ended: with a response or an error. */
    record Result(ChatResponse response, Throwable error) {
    }

    static final int HIGH = 64;
    static final int LOW = 16;

    private final StreamingChatModel model;
    private final ChatRequest request;
    private final Map<String, String> headers;
    private final Runnable onProgress;
    private final FutureTask<Void> task = new FutureTask<>(this::callModel, null);
    private final Queue<AgentEvent> pieces = new ConcurrentLinkedQueue<>();
    private final AtomicInteger pieceCount = new AtomicInteger();
    private final Semaphore room = new Semaphore(HIGH);
    private final AtomicReference<Result> result = new AtomicReference<>();
    private final AtomicReference<ModelStream> stream = new AtomicReference<>();
    private final AtomicReference<StreamingHandle> handle = new AtomicReference<>();
    private final AtomicBoolean isCancelled = new AtomicBoolean();
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();

    /**
     * @param headers    to be sent with the request.
     * @param onProgress called when there is something to take; must not block.
     */
    ModelCall(StreamingChatModel model, ChatRequest request, Map<String, String> headers, Runnable onProgress) {
        this.model = model;
        this.request = request;
        this.headers = headers;
        this.onProgress = onProgress;
    }

    void begin(Executor executor) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            end(new Result(null, e));
        }
    }

    private void callModel() {
        if (isCancelled.get()) {
            closed.complete(true);
            return;
        }
        try {
            StreamOwner.call(this, () -> model.chat(request, this));
        } catch (RuntimeException | Error e) {
            end(new Result(null, e));
        }
    }

    /** @return the next piece, or null if there is none at the moment. One thread at a time. */
    AgentEvent poll() {
        AgentEvent piece = pieces.poll();
        if (piece != null) {
            room.release();
            if (pieceCount.decrementAndGet() <= LOW) {
                resume();
            }
        }
        return piece;
    }

    private void resume() {
        ModelStream current = stream.get();
        if (current != null) {
            current.resume();
        }
    }

    /** @return how the call ended, or null if it has not, or pieces are left to be taken. */
    Result result() {
        Result current = result.get();
        return current != null && pieces.isEmpty() ? current : null;
    }

    /**
     * Closes what the call holds open. Any thread; a second call changes nothing.
     *
     * @return completes with true when it is closed; never, if the model gives no way to tell.
     */
    CompletionStage<Boolean> cancel() {
        if (isCancelled.compareAndSet(false, true)) {
            boolean isOver = result.get() != null;
            task.cancel(true);
            room.release(Integer.MAX_VALUE / 2);
            ModelStream current = stream.get();
            StreamingHandle cancellable = handle.get();
            if (current != null) {
                relay(current);
            } else if (cancellable != null) {
                cancel(cancellable);
            } else if (isOver) {
                closed.complete(true);
            }
        }
        return closed;
    }

    private void relay(ModelStream current) {
        current.cancel().whenComplete((isClosed, error) -> closed.complete(error == null && isClosed));
    }

    private void cancel(StreamingHandle cancellable) {
        try {
            cancellable.cancel();
            closed.complete(true);
        } catch (RuntimeException e) {
            closed.complete(false);
        }
    }

    private void add(AgentEvent piece, StreamingHandle cancellable) {
        if (cancellable != null && handle.compareAndSet(null, cancellable) && isCancelled.get()) {
            cancel(cancellable);
        }
        if (isCancelled.get() || result.get() != null || !hasRoom()) {
            return;
        }
        pieceCount.incrementAndGet();
        pieces.add(piece);
        onProgress.run();
    }

    /** Waits for room where the calling thread is the model's own and may be made to wait. */
    private boolean hasRoom() {
        ModelStream current = stream.get();
        try {
            if (current == null || !current.isPaced()) {
                room.acquire();
            }
            return !isCancelled.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(new Result(null, new IllegalStateException("the model's thread was interrupted", e)));
            return false;
        }
    }

    private void end(Result newResult) {
        if (result.compareAndSet(null, newResult) && !isCancelled.get()) {
            onProgress.run();
        }
        if (isCancelled.get() && stream.get() == null) {
            closed.complete(true);
        }
    }

    @Override
    public void onStream(ModelStream newStream) {
        stream.set(newStream);
        if (isCancelled.get()) {
            relay(newStream);
        }
    }

    @Override
    public Map<String, String> headers() {
        return headers;
    }

    @Override
    public boolean isReady() {
        return pieceCount.get() < HIGH;
    }

    @Override
    public void onStreamEnd(ModelStream ended, Throwable error) {
        end(new Result(null, error == null ? cut() : error));
    }

    private static EOFException cut() {
        return new EOFException("the answer was cut off");
    }

    @Override
    public void onPartialResponse(String text) {
        add(new AgentEvent.Text(text), null);
    }

    @Override
    public void onPartialResponse(PartialResponse text, PartialResponseContext context) {
        add(new AgentEvent.Text(text.text()), context.streamingHandle());
    }

    @Override
    public void onPartialThinking(PartialThinking thinking) {
        add(new AgentEvent.Reasoning(thinking.text()), null);
    }

    @Override
    public void onPartialThinking(PartialThinking thinking, PartialThinkingContext context) {
        add(new AgentEvent.Reasoning(thinking.text()), context.streamingHandle());
    }

    /** The arguments are taken whole from the response; this is only a way to learn of the handle. */
    @Override
    public void onPartialToolCall(PartialToolCall call, PartialToolCallContext context) {
        StreamingHandle cancellable = context.streamingHandle();
        if (cancellable != null && handle.compareAndSet(null, cancellable) && isCancelled.get()) {
            cancel(cancellable);
        }
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        ModelStream current = stream.get();
        boolean isCut = current != null && current.hasEndMarker() && !current.isDone() && response.finishReason() == null;
        end(isCut ? new Result(null, cut()) : new Result(response, null));
    }

    @Override
    public void onError(Throwable error) {
        end(new Result(null, error));
    }
}
