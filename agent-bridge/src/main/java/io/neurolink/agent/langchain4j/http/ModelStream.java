package io.neurolink.agent.langchain4j.http;

import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.DefaultServerSentEventParser;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import dev.langchain4j.http.client.sse.ServerSentEventParsingHandle;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One request to a provider whose answer is streamed. Whatever comes first ends it: the end of the answer, a failure, or a cancel, from any
 * thread; what comes later is ignored. The provider's connection is closed by the last two.
 *
 * <pre>
 *   begin ──▶ headers ──▶ pieces … ──▶ end
 *     │          │           │  ▲
 *     │          │           ▼  │ resume
 *     │          │          paused
 *     └──────────┴───────────┴──▶ cancel, failure, silence: connection closed
 * </pre>
 */
public final class ModelStream {
    private static final String DONE = "[DONE]";
    private static final String OLLAMA_PACKAGE = "dev.langchain4j.model.ollama.";

    private final ModelHttpClient client;
    private final ServerSentEventParser parser;
    private final ServerSentEventListener listener;
    private final StreamOwner owner;
    private final boolean isPaced;
    private final IdleWatch watch;
    private final ServerSentEventContext context;
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
    private final AtomicReference<CompletableFuture<?>> exchange = new AtomicReference<>();
    private final AtomicReference<Flow.Subscription> body = new AtomicReference<>();
    private final AtomicBoolean isEnded = new AtomicBoolean();
    /** Ended by force: a stream that ended by itself must not be closed, its connection may serve another one already. */
    private final AtomicBoolean isBrokenOff = new AtomicBoolean();
    private final AtomicBoolean isBodyComplete = new AtomicBoolean();
    private final AtomicBoolean isPaused = new AtomicBoolean();
    private final AtomicBoolean isDone = new AtomicBoolean();
    private final AtomicBoolean isListenerClosed = new AtomicBoolean();
    private final AtomicLong byteCount = new AtomicLong();

    ModelStream(ModelHttpClient client, ServerSentEventParser parser, ServerSentEventListener listener, StreamOwner owner) {
        this.client = client;
        this.parser = parser;
        this.listener = listener;
        this.owner = owner;
        this.isPaced = isServerSentEvents() || isNewlineDelimited();
        this.watch = client.newWatch(() -> client.executor().execute(this::fallSilent));
        this.context = new ServerSentEventContext(new ParsingHandle());
    }

    private boolean isServerSentEvents() {
        return parser.getClass() == DefaultServerSentEventParser.class;
    }

    private boolean isNewlineDelimited() {
        return parser.getClass().getName().startsWith(OLLAMA_PACKAGE);
    }

    void begin(HttpRequest request) {
        owner.onStream(this);
        if (isEnded.get()) {
            closed.complete(true);
            return;
        }
        watch.waiting();
        CompletableFuture<?> future = client.jdkClient().sendAsync(request, this::onHeaders);
        exchange.set(future);
        if (isBrokenOff.get()) {
            close();
        }
        future.whenComplete((response, error) -> {
            if (error != null) {
                fail(error);
            }
        });
    }

    private BodySubscriber<Void> onHeaders(ResponseInfo response) {
        onPiece();
        if (response.statusCode() / 100 != 2) {
            return new StreamBody(this, new ErrorBody(this, response));
        }
        try {
            listener.onOpen(SuccessfulHttpResponse.builder().statusCode(response.statusCode()).headers(response.headers().map()).build());
        } catch (RuntimeException | Error e) {
            fail(e);
        }
        if (isServerSentEvents()) {
            return new StreamBody(this, new SseDecoder(client.maxEventBytes(), this::deliver));
        } else if (isNewlineDelimited()) {
            return new StreamBody(this, new NdjsonDecoder(client.maxEventBytes(), this::deliver));
        }
        return new ParsedBody(this, parser, client.blockingExecutor());
    }

    void onSubscribed(Flow.Subscription subscription) {
        body.set(subscription);
        if (isEnded.get()) {
            subscription.cancel();
        } else {
            request();
        }
    }

    void onPipe(Flow.Subscription subscription) {
        body.set(subscription);
        if (isEnded.get()) {
            subscription.cancel();
        }
    }

    void onWaiting() {
        watch.waiting();
    }

    void onPiece() {
        watch.busy();
    }

    /** All of the answer is there: the JDK has given the connection back by now, and another stream may have it. */
    void onBodyComplete() {
        isBodyComplete.set(true);
    }

    void count(int bytes) {
        if (byteCount.addAndGet(bytes) > client.maxResponseBytes()) {
            throw ProviderErrors.tooLong("a body", client.maxResponseBytes());
        }
    }

    void readOn() {
        if (owner.isReady() || isListenerClosed.get()) {
            request();
            return;
        }
        isPaused.set(true);
        if (owner.isReady()) {
            resume();
        }
    }

    private void request() {
        if (!isEnded.get()) {
            watch.waiting();
            body.get().request(1);
        }
    }

    /** Hands an event to the model. What follows in the same piece after an end is not handed on. */
    void deliver(ServerSentEvent event) {
        if (isEnded.get() || isListenerClosed.get()) {
            return;
        }
        ProviderException error = ProviderErrors.inStream(event.event(), event.data());
        if (error != null) {
            fail(error);
            return;
        }
        listener.onEvent(event, context);
        if (DONE.equals(event.data())) {
            isDone.set(true);
            closeListener();
        }
    }

    /** At the end marker already: some servers leave the response open behind it. */
    private void closeListener() {
        if (isListenerClosed.compareAndSet(false, true)) {
            listener.onClose();
        }
    }

    void end() {
        if (isEnded.compareAndSet(false, true)) {
            watch.stop();
            Throwable error = null;
            try {
                closeListener();
            } catch (RuntimeException | Error e) {
                error = e;
            }
            closed.complete(true);
            owner.onStreamEnd(this, error);
        }
    }

    void fail(Throwable cause) {
        if (isEnded.compareAndSet(false, true)) {
            Throwable error = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
            breakOff();
            try {
                listener.onError(error);
            } catch (RuntimeException | Error e) {
                error.addSuppressed(e);
            }
            owner.onStreamEnd(this, error);
        }
    }

    private void fallSilent() {
        fail(new TimeoutException("the model's provider was silent for " + client.idleTimeout().toMillis() + " ms"));
    }

    /**
     * Closes the provider's connection, whatever it is doing, or keeps the request from being sent. The model hears nothing more. Any
     * thread; a second call changes nothing.
     *
     * @return completes with true when the connection is closed.
     */
    public CompletionStage<Boolean> cancel() {
        if (isEnded.compareAndSet(false, true)) {
            breakOff();
        }
        return closed;
    }

    private void breakOff() {
        isBrokenOff.set(true);
        watch.stop();
        close();
    }

    private void close() {
        if (isBodyComplete.get()) {
            closed.complete(true);
            return;
        }
        CompletableFuture<?> future = exchange.get();
        if (future == null) {
            // The request is about to be sent: begin() sees the end and closes.
            return;
        }
        future.cancel(true);
        Flow.Subscription subscription = body.get();
        if (subscription != null) {
            subscription.cancel();
        }
        closed.complete(true);
    }

    /** The owner takes events again. Any thread; does nothing if the stream is not paused. */
    public void resume() {
        if (isPaused.compareAndSet(true, false)) {
            request();
        }
    }

    /** {@return whether the stream is paused by its owner} */
    public boolean isPaused() {
        return isPaused.get();
    }

    /**
     * {@return true if the owner is never called back by a thread that may block: then it says by {@link StreamOwner#isReady()} whether it
     * takes more} Otherwise the owner makes the calling thread wait.
     */
    public boolean isPaced() {
        return isPaced;
    }

    /** {@return whether the provider said that its answer is complete, where it says so apart from the answer itself} */
    public boolean isDone() {
        return isDone.get();
    }

    /** {@return whether the answer tells its end by a marker of its own, so that an end without it is a cut} */
    public boolean hasEndMarker() {
        return isServerSentEvents();
    }

    private final class ParsingHandle implements ServerSentEventParsingHandle {
        @Override
        public void cancel() {
            ModelStream.this.cancel();
        }

        @Override
        public boolean isCancelled() {
            return isEnded.get() && !isListenerClosed.get();
        }
    }
}
