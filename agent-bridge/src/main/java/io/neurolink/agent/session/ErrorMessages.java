package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.WebSocketError;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;

/**
 * Writes {@code error} messages. One that ends or refuses a run carries its {@code requestId} and {@code seq}; one about any other message
 * carries only {@code inReplyTo}, the type of that message.
 */
final class ErrorMessages {
    private ErrorMessages() {
    }

    /** Writes {@code error}, {@code code}, {@code retryable} and, where there is one, {@code retryAfterMs}. */
    static void writeFields(EnvelopeWriter writer, AgentException failure) {
        writer.string("error", failure.getMessage()).string("code", failure.code()).bool("retryable", failure.isRetryable());
        if (failure.retryAfterMs() >= 0) {
            writer.number("retryAfterMs", failure.retryAfterMs());
        }
    }

    /** A whole message about a message. */
    static ByteBuffer write(EnvelopeWriter writer, AgentException failure, String inReplyTo) {
        writer.begin("error");
        writeFields(writer, failure);
        if (inReplyTo != null) {
            writer.string("inReplyTo", inReplyTo);
        }
        return writer.end();
    }

    /** A whole message that refuses a run: its only event. */
    static ByteBuffer writeRefusal(EnvelopeWriter writer, AgentException failure, String requestId, String inReplyTo) {
        writer.begin("error");
        writeFields(writer, failure);
        if (requestId != null) {
            writer.string("requestId", requestId).number("seq", 1);
        }
        if (inReplyTo != null) {
            writer.string("inReplyTo", inReplyTo);
        }
        return writer.end();
    }

    /** Finds the code for what a handler threw or its stage failed with. */
    static AgentException of(Throwable error) {
        Throwable root = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (root instanceof EnvelopeException unreadable) {
            return of(unreadable);
        }
        return AgentException.of(root, root instanceof WebSocketError ? ErrorCode.WEBSOCKET_ERROR : ErrorCode.UNKNOWN_ERROR);
    }

    private static AgentException of(EnvelopeException error) {
        return new AgentException(switch (error.kind()) {
            case INVALID_JSON -> ErrorCode.INVALID_JSON;
            case TYPE_REQUIRED -> ErrorCode.TYPE_REQUIRED;
            case INVALID_PAYLOAD -> ErrorCode.INVALID_PAYLOAD;
            case NOT_WRITABLE -> ErrorCode.INTERNAL;
        }, error.getMessage());
    }
}
