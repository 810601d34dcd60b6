package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.session.WebSocketMessageRouter.EnvelopeHandler;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.WebSocketConnection;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Serves the WebSocket clients of the npm package {@code @juspay/neurolink}, which have messages of their own: {@code NeuroLinkWebSocket}
 * sends {@code message} to a {@code channel} that it was told to {@code subscribe}, {@code createStreamingClient} sends a
 * {@code stream} whose prompt is {@code input.text} beside the type. The first such message makes the connection one of theirs: see
 * {@link DialectEvents}.
 *
 * <p>These clients have no word for going on after a lost connection, so a run ends with the connection that started it.
 */
final class NeuroLinkDialect {
    /** Who offers it speaks the agent protocol, whatever its messages look like. */
    private static final String OWN_SUBPROTOCOL = "neurolink.agent.v1";
    private static final int MAX_CHANNEL_LENGTH = 256;
    /** The call is shown before it waits for an answer. */
    private static final long REFUSE_AFTER_MS = 20;
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    /** Fields of a {@code stream} that are options of the model here. */
    private static final List<String> OPTIONS =
            List.of("model", "provider", "temperature", "maxTokens", "topP", "stop", "systemPrompt", "seed");

    private final DialectEvents events;
    private final Recycler<EnvelopeReader> readers;
    private final Recycler<EnvelopeWriter> writers;

    /**
     * @param context limits, buffers, time, and who does what may not be done at once.
     * @param approve serves {@code tool_approval}.
     */
    NeuroLinkDialect(RunContext context, EnvelopeHandler approve) {
        AgentHandlerConfig config = context.config();
        this.events = new DialectEvents(context, (connection, toolCallId) ->
                context.scheduler().schedule(() -> refuse(connection, toolCallId, approve), REFUSE_AFTER_MS, TimeUnit.MILLISECONDS));
        this.readers = new Recycler<>(() -> new EnvelopeReader(config.maxEventBytes(), config.maxPayloadDepth() + 1, Integer.MAX_VALUE));
        this.writers = context.writers();
    }

    /** Nobody can be asked, so the agent need not wait. */
    private void refuse(WebSocketConnection connection, String toolCallId, EnvelopeHandler approve) {
        try {
            approve.handle(connection, envelope(Map.of("type", "tool_approval", "payload",
                    Map.of("toolCallId", toolCallId, "approved", false, "reason", "this client cannot be asked"))));
        } catch (Exception e) {
            LOGGER.log(Level.DEBUG, "the call " + toolCallId + " waits no more", e);
        }
    }

    /** @return the connection as everything that sends has to use it. */
    WebSocketConnection listen(WebSocketConnection connection) {
        return new DialectConnection(connection, events);
    }

    /**
     * Has the messages of these clients served.
     *
     * @param router    gets the routes, that of {@code stream} among them.
     * @param listening what {@link #listen} made of a connection.
     * @param stream    starts a run.
     * @param cancel    cancels one.
     */
    void addTo(WebSocketMessageRouter router, Function<WebSocketConnection, WebSocketConnection> listening, EnvelopeHandler stream,
               EnvelopeHandler cancel) {
        router.routeEnvelope("subscribe", (connection, message) -> {
            channelOf(message);
            foreign(listening, connection);
            return null;
        });
        router.routeEnvelope("unsubscribe", (connection, message) -> unsubscribe(foreign(listening, connection), message, cancel));
        router.routeEnvelope("message", (connection, message) ->
                start(foreign(listening, connection), message, message.payload().asMap(), stream));
        router.routeEnvelope("stream", (connection, message) -> isForeign(connection, message)
                ? start(foreign(listening, connection), message, payloadOf(message.fields()), stream) : stream.handle(connection, message));
    }

    private static DialectConnection foreign(Function<WebSocketConnection, WebSocketConnection> listening, WebSocketConnection connection) {
        DialectConnection known = (DialectConnection) listening.apply(connection);
        known.speakForeign();
        return known;
    }

    /** The agent protocol too has {@code input.text}, but its clients name the run, the payload, or the protocol. */
    private static boolean isForeign(WebSocketConnection connection, Envelope message) {
        Fields fields = message.fields();
        return fields.raw("input") instanceof Map && fields.raw("payload") == null && fields.raw("requestId") == null
                && !OWN_SUBPROTOCOL.equals(connection.subprotocol());
    }

    private Object start(DialectConnection connection, Envelope message, Map<String, Object> payload, EnvelopeHandler stream)
            throws Exception {
        String requestId = UnguessableIds.next("run_");
        String channel = message.fields().raw("channel") == null ? null : channelOf(message);
        Map<String, Object> ended = new LinkedHashMap<>(payload);
        ended.put("onDisconnect", "cancel");
        connection.begin(requestId, channel);
        return stream.handle(connection, envelope(Map.of("type", "stream", "requestId", requestId, "payload", ended)));
    }

    private Object unsubscribe(DialectConnection connection, Envelope message, EnvelopeHandler cancel) throws Exception {
        for (String requestId : connection.runsOf(channelOf(message))) {
            cancel.handle(connection, envelope(Map.of("type", "cancel", "payload",
                    Map.of("requestId", requestId, "reason", "the client has unsubscribed"))));
        }
        return null;
    }

    private static String channelOf(Envelope message) {
        String channel = message.fields().string("channel");
        if (channel == null || channel.isEmpty() || channel.length() > MAX_CHANNEL_LENGTH) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "channel must be a string of 1 to " + MAX_CHANNEL_LENGTH + " characters");
        }
        return channel;
    }

    /** A payload of what these clients write beside the type. */
    private static Map<String, Object> payloadOf(Fields fields) {
        Map<String, Object> payload = new LinkedHashMap<>(fields.asMap());
        Map<String, Object> options = new LinkedHashMap<>();
        Fields given = fields.object("options");
        if (given != null) {
            options.putAll(given.asMap());
        }
        payload.remove("type");
        for (String name : OPTIONS) {
            Object value = payload.remove(name);
            if (value != null) {
                options.put(name, value);
            }
        }
        payload.put("options", options);
        return payload;
    }

    private Envelope envelope(Map<String, Object> fields) {
        EnvelopeWriter writer = writers.borrow();
        EnvelopeReader reader = readers.borrow();
        try {
            return reader.read(writer.write(fields));
        } finally {
            readers.giveBack(reader);
            writers.giveBack(writer);
        }
    }
}
