package io.neurolink.agent.langchain4j.http;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * The body of a response, handed on piece by piece as it comes: what the HTTP client has read is the only buffer, and it reads the next
 * piece when this one was taken and the owner wants more. No thread waits for a piece.
 */
final class StreamBody implements BodySubscriber<Void> {
    /** Takes the bytes. Its methods are called one at a time. */
    interface Sink {
        /**
         * @param piece to be consumed; what this throws fails the stream.
         */
        void bytes(ByteBuffer piece);

        /** Nothing more comes. */
        void end();
    }

    private final ModelStream stream;
    private final Sink sink;
    private final CompletableFuture<Void> result = new CompletableFuture<>();

    StreamBody(ModelStream stream, Sink sink) {
        this.stream = stream;
        this.sink = sink;
    }

    @Override
    public CompletionStage<Void> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        stream.onSubscribed(subscription);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        stream.onPiece();
        try {
            for (ByteBuffer piece : pieces) {
                stream.count(piece.remaining());
                sink.bytes(piece);
            }
        } catch (RuntimeException | Error e) {
            stream.fail(e);
            return;
        }
        stream.readOn();
    }

    @Override
    public void onError(Throwable error) {
        stream.fail(error);
        result.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        stream.onBodyComplete();
        try {
            sink.end();
            stream.end();
            result.complete(null);
        } catch (RuntimeException | Error e) {
            stream.fail(e);
            result.completeExceptionally(e);
        }
    }
}
