package io.neurolink.agent.langchain4j.http;

import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/**
 * The body of a response for a model that brings a parser of its own, which reads from a stream and blocks: the one case that takes a
 * thread. It blocks in the listener too while its owner takes nothing, and so the provider is read no faster.
 */
final class ParsedBody implements BodySubscriber<Void> {
    private final ModelStream stream;
    private final ServerSentEventParser parser;
    private final BodySubscriber<InputStream> pipe = BodySubscribers.ofInputStream();
    private final CompletableFuture<Void> result = new CompletableFuture<>();

    ParsedBody(ModelStream stream, ServerSentEventParser parser, Executor blocking) {
        this.stream = stream;
        this.parser = parser;
        blocking.execute(this::parse);
    }

    private void parse() {
        try (InputStream in = pipe.getBody().toCompletableFuture().join()) {
            parser.parse(in, new Relay());
            stream.end();
            result.complete(null);
        } catch (IOException | RuntimeException | Error e) {
            stream.fail(e);
            result.completeExceptionally(e);
        }
    }

    @Override
    public CompletionStage<Void> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        stream.onPipe(subscription);
        pipe.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long count) {
                stream.onWaiting();
                subscription.request(count);
            }

            @Override
            public void cancel() {
                subscription.cancel();
            }
        });
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        stream.onPiece();
        try {
            pieces.forEach(piece -> stream.count(piece.remaining()));
        } catch (ProviderException e) {
            stream.fail(e);
            return;
        }
        pipe.onNext(pieces);
    }

    @Override
    public void onError(Throwable error) {
        stream.fail(error);
        pipe.onError(error);
    }

    @Override
    public void onComplete() {
        stream.onPiece();
        stream.onBodyComplete();
        pipe.onComplete();
    }

    /** What the parser finds goes the way that everything else goes. */
    private final class Relay implements ServerSentEventListener {
        @Override
        public void onEvent(ServerSentEvent event) {
            stream.deliver(event);
        }

        @Override
        public void onEvent(ServerSentEvent event, ServerSentEventContext context) {
            stream.deliver(event);
        }

        @Override
        public void onError(Throwable error) {
            stream.fail(error);
        }
    }
}
