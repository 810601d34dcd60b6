package io.neurolink.engine.loop;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthDecision.Outcome;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.CloseCode;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;

/** Authenticates a connection that is open already, by a credential that came in a message. */
final class InBandAuth {
    private static final AuthDecision TOO_MANY_FAILURES =
            AuthDecision.rejected(null, "too many authentications from this address have failed");

    private final LoopConnection connection;
    private final Upgrade upgrade;
    private final CompletableFuture<AuthDecision> decided = new CompletableFuture<>();

    InBandAuth(LoopConnection connection, Upgrade upgrade) {
        this.connection = connection;
        this.upgrade = upgrade;
    }

    /** Any thread. */
    CompletableFuture<AuthDecision> start(String credential) {
        EventLoop loop = connection.loop();
        AuthCall call = new AuthCall(loop, connection.endpoint(), upgrade, credential, this::onDecided);
        loop.proxy().executeUrgently(() -> begin(loop, call));
        return decided.copy();
    }

    private void begin(EventLoop loop, AuthCall call) {
        if (loop.wiring().frontDoor().retryAfterMs(address(), loop.nowNs()) > 0) {
            loop.counters.increment(EngineCounter.AUTH_REFUSED_TOO_MANY_FAILURES);
            answer(TOO_MANY_FAILURES, () -> { });
        } else {
            call.start();
        }
    }

    private InetAddress address() {
        return connection.remoteAddress().getAddress();
    }

    private void onDecided(AuthDecision decision) {
        AuthDecision concluded = decision.isAccepted() ? conclude(decision) : decision;
        if (!decision.isAccepted() && decision.outcome() != Outcome.UNAVAILABLE) {
            connection.loop().wiring().frontDoor().onFailure(address(), connection.loop().nowNs());
        }
        boolean isOver = decision.outcome() == Outcome.FORBIDDEN && connection.user() != null;
        answer(concluded, isOver ? () -> connection.close(CloseCode.AUTH_EXPIRED, "not authorized any more") : () -> { });
    }

    /** Who was let in and would not be any more has to go, after having been told. */
    private void answer(AuthDecision concluded, Runnable then) {
        Runnable answer = () -> {
            decided.complete(concluded);
            then.run();
        };
        if (!connection.loop().runCold(answer)) {
            answer.run();
        }
    }

    /** A connection keeps its user for life: what was said on it must not come to belong to somebody else. */
    private AuthDecision conclude(AuthDecision decision) {
        AuthenticatedUser before = connection.user();
        AuthenticatedUser after = decision.user();
        if (!connection.isSending()) {
            return AuthDecision.rejected(null, "the connection is closing");
        }
        if (before != null && (after == null || !before.id().equals(after.id()))) {
            return AuthDecision.forbidden("this connection belongs to another user");
        }
        Endpoint.Refusal refusal = after == null ? null : connection.endpoint().changeUser(connection, before, after);
        if (refusal != null) {
            return AuthDecision.forbidden(refusal.message());
        }
        connection.onAuthenticated(after);
        return decision;
    }
}
