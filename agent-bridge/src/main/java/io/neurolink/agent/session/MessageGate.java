package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.spi.AgentAction;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** What a message has to pass before it is served, where there are quotas or an authorizer. */
final class MessageGate {
    /** Said about the connection, and served at once. */
    private static final Set<String> OF_THE_LINE = Set.of("auth", "ping", "pong");
    /** Always allowed, and served in their turn: they make the work less. */
    private static final Set<String> RELIEVING = Set.of("cancel", "ack");
    private static final Set<String> RUNS = Set.of("generate", "stream", "tool_call");
    /** What the messages of NeuroLink's own clients do. */
    private static final Map<String, String> OF_THE_DIALECT = Map.of("message", "stream", "unsubscribe", "cancel");

    private final Authorization authorization;
    private final QuotaBook quotas;

    MessageGate(Authorization authorization, QuotaBook quotas) {
        this.authorization = authorization;
        this.quotas = quotas;
    }

    boolean isOn() {
        return authorization.isOn() || quotas.isOn();
    }

    /**
     * A message that could not be read came in.
     *
     * @return null if it may be answered as it would be without quotas, else what to answer instead.
     */
    AgentException unreadable(AgentConnection client) {
        return quotas.isOn() ? quotas.charge(useOf(client), false, false, notice(client)) : null;
    }

    /**
     * A message came in.
     *
     * @param client  where from.
     * @param message the message.
     * @param serve   serves it.
     * @param refuse  answers that it is not served.
     */
    void pass(AgentConnection client, Envelope message, Runnable serve, BiConsumer<Envelope, AgentException> refuse) {
        String type = OF_THE_DIALECT.getOrDefault(message.type(), message.type());
        if (OF_THE_LINE.contains(type)) {
            serve.run();
            return;
        }
        AgentException limited = RELIEVING.contains(type) || !quotas.isOn() ? null
                : quotas.charge(useOf(client), RUNS.contains(type), RUNS.contains(type) && !type.equals("tool_call"), notice(client));
        if (limited != null) {
            refuse.accept(message, limited);
        } else if (!authorization.isOn()) {
            serve.run();
        } else if (!enqueue(client, type, message, serve, refuse)) {
            refuse.accept(message, new AgentException(ErrorCode.RATE_LIMITED, "Too many messages wait for a decision"));
        }
    }

    private boolean enqueue(AgentConnection client, String type, Envelope message, Runnable serve,
            BiConsumer<Envelope, AgentException> refuse) {
        return client.line.add(
                () -> RELIEVING.contains(type) ? Authorization.ALLOWED
                        : authorization.check(client.connection.user(), action(type, message)),
                verdict -> {
                    if (verdict == null) {
                        serve.run();
                    } else {
                        refuse.accept(message, verdict);
                    }
                });
    }

    private AgentAction action(String type, Envelope message) {
        Map<String, Object> payload = message.fields().raw("payload") instanceof Map ? message.payload().asMap() : Map.of();
        String tool = type.equals("tool_call") && payload.get("toolName") instanceof String name ? name : null;
        return authorization.action(type, tool, payload);
    }

    /** @return what the connection's user, or an anonymous connection, has used. */
    UserUse useOf(AgentConnection client) {
        UserUse use = quotas.of(client.connection.user(), client.use.get());
        client.use.set(use);
        return use;
    }

    private static QuotaBook.Notice notice(AgentConnection client) {
        return (limit, max, left, retryAfterMs) -> client.reply(writer -> writer.begin("rate_limit").string("limit", limit)
                .number("max", max).number("remaining", left).number("retryAfterMs", retryAfterMs).end());
    }

    void addCounters(Map<String, Long> counters) {
        counters.put("authorization.denied", authorization.denied.sum());
        counters.put("authorization.failures", authorization.failures.sum());
        counters.put("quotas.refused.messages", quotas.refusedMessages.sum());
        counters.put("quotas.refused.runs", quotas.refusedRuns.sum());
        counters.put("quotas.refused.tokens", quotas.refusedTokens.sum());
        counters.put("quotas.users", (long) quotas.userCount());
    }
}
