package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** What the agent protocol knows of one connection. */
final class AgentConnection {
    final WebSocketConnection connection;
    final ConnectionRuns runs;
    final ReplyQueue replies;
    /** A credential is being checked. */
    final AtomicBoolean isAuthPending = new AtomicBoolean();
    /** A credential was accepted, also for an anonymous connection. */
    final AtomicBoolean isAuthenticated = new AtomicBoolean();
    final ExpiryNotice expiry;
    final AtomicInteger authFailures = new AtomicInteger();

    private final AtomicBoolean isToldOfShutdown = new AtomicBoolean();
    private final RunContext context;

    AgentConnection(WebSocketConnection connection, RunContext context, RunRegistry registry) {
        this.connection = connection;
        this.context = context;
        this.runs = new ConnectionRuns(registry, context.config(), this);
        this.expiry = new ExpiryNotice(this, context);
        this.replies = new ReplyQueue(connection, context.scheduler());
    }

    /** Once. */
    SendResult tellShutdown(String message, long reconnectAfterMs) {
        return isToldOfShutdown.compareAndSet(false, true)
                ? reply(writer -> writer.begin("shutdown").string("message", message).number("reconnectAfterMs", reconnectAfterMs)
                        .bool("resume", true).end())
                : SendResult.DROPPED;
    }

    SendResult reply(Function<EnvelopeWriter, ByteBuffer> message) {
        EnvelopeWriter writer = context.writers().borrow();
        try {
            return replies.send(message.apply(writer));
        } finally {
            context.writers().giveBack(writer);
        }
    }
}
