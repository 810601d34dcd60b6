package io.neurolink.engine.loop;

import io.neurolink.engine.jfr.JfrEvents;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.ConnectionTraffic;
import io.neurolink.engine.spi.TraceContext;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Role;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** Tells of what happens on a loop whoever wants to know: listeners, the access log, the flight recorder. Belongs to the loop's thread. */
final class Witness {
    private static final long NS_PER_MS = 1_000_000;

    private final EventLoop loop;

    /** Null if there is none. */
    private final Consumer<AccessEntry> accessLog;

    Witness(EventLoop loop, Consumer<AccessEntry> accessLog) {
        this.loop = loop;
        this.accessLog = accessLog;
    }

    /** Listeners may not harm the loop. */
    private void tell(Runnable call) {
        try {
            call.run();
        } catch (Throwable t) {
            loop.handlerErrors().onError(t);
        }
    }

    void opened(LoopConnection connection) {
        JfrEvents.connectionOpened(connection.id(), connection.path(), connection.remoteAddress());
        tell(() -> connection.endpoint().listener().onConnectionOpened(connection));
    }

    void closed(LoopConnection connection, int code, String reason) {
        long ageMs = Math.max(0, loop.nowMs() - connection.createdAt());
        ConnectionTraffic traffic = connection.traffic();
        if (JfrEvents.watchesCloses()) {
            JfrEvents.connectionClosed(connection.id(), connection.path(), code, ageMs, traffic.messagesIn(), traffic.messagesOut(),
                    traffic.bytesIn(), traffic.bytesOut());
        }
        if (accessLog != null && connection.role() == Role.SERVER) {
            accessLog.accept(new AccessEntry.End(loop.nowMs(), ageMs * NS_PER_MS, connection.remoteAddress(), connection.path(),
                    connection.id(), idOf(connection.user()), connection.subprotocol(), traffic, code, reason, traceIdOf(connection)));
        }
        tell(() -> connection.endpoint().listener().onConnectionClosed(connection, code, reason));
    }

    private static String idOf(AuthenticatedUser user) {
        return user == null ? null : user.id();
    }

    private static String traceIdOf(LoopConnection connection) {
        TraceContext trace = connection.trace();
        return trace == null ? null : trace.traceId();
    }

    void refused(Upgrade upgrade, Endpoint endpoint, int status, String message) {
        tell(() -> endpoint.listener().onUpgradeRefused(upgrade.remoteAddress(), upgrade.path(), status, message));
    }

    void slowConsumer(LoopConnection connection) {
        var policy = connection.endpoint().settings().slowConsumerPolicy();
        loop.counters.increment(EngineCounter.SLOW_CONSUMERS);
        JfrEvents.slowConsumer(connection.id(), connection.path(), policy.name(), connection.bufferedAmount());
        tell(() -> connection.endpoint().listener().onSlowConsumer(connection, policy, connection.bufferedAmount()));
    }

    /** A request was answered; {@code reason} only if it was refused. */
    void answered(HttpConnection http, int status, int answerLength, String reason) {
        if (accessLog != null) {
            accessLog.accept(request(http, status, answerLength, reason, null));
        }
    }

    void upgraded(HttpConnection http, int answerLength, LoopConnection connection) {
        if (accessLog != null) {
            accessLog.accept(request(http, HttpConnection.SWITCHING_PROTOCOLS, answerLength, null, connection));
        }
    }

    private AccessEntry.Request request(HttpConnection http, int status, int answerLength, String reason, LoopConnection connection) {
        InetSocketAddress client = http.client() == null ? http.transport().remoteAddress() : http.client();
        return new AccessEntry.Request(loop.nowMs(), http.requestDurationNs(), client, http.isUpgrade(), http.method(), http.path(), status,
                http.bodyLength(), answerLength, reason, connection == null ? null : connection.id(),
                connection == null ? null : idOf(connection.user()), connection == null ? null : connection.subprotocol(),
                connection == null ? null : traceIdOf(connection));
    }

    void stalled(long durationNs) {
        JfrEvents.stall(loop.roleName(), durationNs, null, true);
    }
}
