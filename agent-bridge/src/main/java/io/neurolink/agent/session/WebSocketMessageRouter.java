package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;

/**
 * Hands JSON messages to handlers by their {@code type}, and sends what these answer. Whatever goes wrong, in the message or in the
 * handler, is answered with an {@code error} message; the connection survives.
 *
 * <pre>{@code
 * var router = new WebSocketMessageRouter();
 * router.route("greet", (connection, payload) -> Map.of("type", "greeting", "text", "Hello " + payload.get("name")));
 * manager.registerHandler("/ws", new WebSocketHandler() {
 *     public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
 *         router.handle(connection, message);
 *     }
 * });
 * }</pre>
 *
 * Every method may be called from any thread.
 */
public final class WebSocketMessageRouter {
    /** Text of the error for a message that is not text. */
    public static final String ONLY_TEXT = "Only text messages are supported for routing";

    /** Characters of an unknown type that are repeated in the error. */
    private static final int MAX_ECHOED_LENGTH = 128;
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    private static final CompletionStage<SendResult> NOTHING_TO_SEND = CompletableFuture.completedStage(SendResult.ACCEPTED);

    private final AtomicReference<Map<String, EnvelopeHandler>> routes = new AtomicReference<>(Map.of());
    private final Recycler<EnvelopeReader> readers;
    private final Recycler<EnvelopeWriter> writers;
    private final BiFunction<WebSocketConnection, ByteBuffer, SendResult> sender;

    /** Handles the payload of a message. */
    @FunctionalInterface
    public interface RouteHandler {
        /**
         * Called on the thread that called {@link WebSocketMessageRouter#handle}, for an engine's handler that of the connection; it may
         * block as far as that may.
         *
         * @param connection where the message came from.
         * @param payload    fields of its payload, none where it has no payload.
         * @return null for no answer; a Map, record, List, String or other value that is sent as JSON; or a {@link CompletionStage} of one.
         * @throws Exception answered with an {@code error}: an {@link AgentException} chooses the code, a
         *                   {@link io.neurolink.engine.spi.WebSocketError} has {@code WEBSOCKET_ERROR}, all others {@code UNKNOWN_ERROR}.
         */
        Object handle(WebSocketConnection connection, Map<String, Object> payload) throws Exception;
    }

    /** Handles a message of which more than the payload matters. */
    @FunctionalInterface
    public interface EnvelopeHandler {
        /**
         * Called as {@link RouteHandler#handle}.
         *
         * @param connection where the message came from.
         * @param message    the message; may be kept.
         * @return what to answer.
         * @throws Exception answered with an {@code error}.
         */
        Object handle(WebSocketConnection connection, Envelope message) throws Exception;
    }

    /** Makes a router with the limits of {@link AgentHandlerConfig#defaults()}. */
    public WebSocketMessageRouter() {
        this(AgentHandlerConfig.defaults());
    }

    /**
     * Makes a router.
     *
     * @param config says how large messages and answers may be.
     */
    public WebSocketMessageRouter(AgentHandlerConfig config) {
        this(config, new Recycler<>(() -> new EnvelopeWriter(config.maxEventBytes())), WebSocketConnection::sendText);
    }

    WebSocketMessageRouter(AgentHandlerConfig config, Recycler<EnvelopeWriter> writers,
                           BiFunction<WebSocketConnection, ByteBuffer, SendResult> sender) {
        this.readers = new Recycler<>(
                () -> new EnvelopeReader(config.maxMessageBytes(), config.maxPayloadDepth(), config.maxPayloadValues()));
        this.writers = writers;
        this.sender = sender;
    }

    /**
     * Registers a handler; the latest one for a type counts.
     *
     * @param type    type of the messages it handles.
     * @param handler handles them.
     * @return this.
     */
    public WebSocketMessageRouter route(String type, RouteHandler handler) {
        return routeEnvelope(type, (connection, message) -> handler.handle(connection, message.payload().asMap()));
    }

    /**
     * Registers a handler that gets the whole message; the latest one for a type counts.
     *
     * @param type    type of the messages it handles.
     * @param handler handles them.
     * @return this.
     */
    public WebSocketMessageRouter routeEnvelope(String type, EnvelopeHandler handler) {
        if (type.isEmpty()) {
            throw new IllegalArgumentException("type must not be empty");
        }
        routes.updateAndGet(old -> {
            Map<String, EnvelopeHandler> copy = new LinkedHashMap<>(old);
            copy.put(type, handler);
            return copy;
        });
        return this;
    }

    /** {@return the types that have a handler, in the order of their registration} */
    public List<String> getRoutes() {
        return List.copyOf(routes.get().keySet());
    }

    /**
     * Hands a message to its handler and sends the answer.
     *
     * @param connection where the message came from, and the answer goes to.
     * @param message    the message; it is not used after the call. Control frames are left alone.
     * @return completes with what became of the answer, or of the error that was sent instead; with {@link SendResult#ACCEPTED} where
     *         nothing was to be sent.
     */
    public CompletionStage<SendResult> handle(WebSocketConnection connection, WebSocketMessage message) {
        if (message.type() == WebSocketMessageType.TEXT || message.type() == WebSocketMessageType.BINARY) {
            Envelope envelope;
            try {
                envelope = read(message);
            } catch (RuntimeException e) {
                return CompletableFuture.completedStage(sendError(connection, e, null));
            }
            return dispatch(connection, envelope);
        }
        return NOTHING_TO_SEND;
    }

    /** Reads a message; throws an {@code EnvelopeException} or {@code AgentException} that says what is wrong with it. */
    Envelope read(WebSocketMessage message) {
        if (!message.isText()) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, ONLY_TEXT);
        }
        EnvelopeReader reader = readers.borrow();
        try {
            return reader.read(message.bytes());
        } finally {
            readers.giveBack(reader);
        }
    }

    /** Hands a message that was read to its handler and sends the answer. */
    CompletionStage<SendResult> dispatch(WebSocketConnection connection, Envelope message) {
        EnvelopeHandler handler = routes.get().get(message.type());
        if (handler == null) {
            String type = shortened(message.type());
            return CompletableFuture.completedStage(sendError(connection,
                    new AgentException(ErrorCode.UNKNOWN_TYPE, "Unknown message type: " + type), type));
        }
        try {
            Object answer = handler.handle(connection, message);
            if (answer instanceof CompletionStage<?> stage) {
                return stage.handle((value, error) -> error == null ? sendAnswer(connection, value, message)
                        : sendFailure(connection, error, message));
            }
            return CompletableFuture.completedStage(sendAnswer(connection, answer, message));
        } catch (Exception e) {
            return CompletableFuture.completedStage(sendFailure(connection, e, message));
        }
    }

    private static String shortened(String type) {
        return type.length() <= MAX_ECHOED_LENGTH ? type : type.substring(0, MAX_ECHOED_LENGTH) + "…";
    }

    private SendResult sendAnswer(WebSocketConnection connection, Object answer, Envelope message) {
        if (answer == null) {
            return SendResult.ACCEPTED;
        }
        EnvelopeWriter writer = writers.borrow();
        try {
            return sender.apply(connection, writer.write(answer));
        } catch (RuntimeException e) {
            return sendFailure(connection, e, message);
        } finally {
            writers.giveBack(writer);
        }
    }

    private SendResult sendFailure(WebSocketConnection connection, Throwable error, Envelope message) {
        AgentException failure = ErrorMessages.of(error);
        if (failure.getCause() != null) {
            LOGGER.log(Level.WARNING, "handler of message type " + message.type() + " failed", failure.getCause());
        }
        return sendError(connection, failure, message.type());
    }

    SendResult sendError(WebSocketConnection connection, RuntimeException error, String inReplyTo) {
        EnvelopeWriter writer = writers.borrow();
        try {
            return sender.apply(connection, ErrorMessages.write(writer, ErrorMessages.of(error), inReplyTo));
        } finally {
            writers.giveBack(writer);
        }
    }
}
