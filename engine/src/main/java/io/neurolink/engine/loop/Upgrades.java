package io.neurolink.engine.loop;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.TraceContext;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.handshake.HandshakeEncoder;
import io.neurolink.protocol.handshake.HandshakeViolation;
import io.neurolink.protocol.handshake.HttpField;
import io.neurolink.protocol.handshake.HttpRequestHead;
import io.neurolink.protocol.handshake.ServerHandshake;
import io.neurolink.protocol.handshake.UpgradeOffer;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Decides upgrade requests: in order, path known, origin allowed, authenticated, room for one more. Whatever is refused is answered with
 * a sentence that
 * says why, counted, and told to the listener.
 */
final class Upgrades {
    private static final HttpField RETRY_AFTER = new HttpField("Retry-After", "5");
    private static final String DEFAULT_CHALLENGE = "Bearer";

    /**
     * Whether a class of handlers overrides {@code onUpgrade}: the others' connections need no metadata map before somebody asks for it.
     */
    private static final ClassValue<Boolean> WANTS_UPGRADE = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                return type.getMethod("onUpgrade", UpgradeRequest.class, Map.class).getDeclaringClass() != WebSocketHandler.class;
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }
    };

    private final EventLoop loop;
    private final HandshakeEncoder encoder = new HandshakeEncoder();

    Upgrades(EventLoop loop) {
        this.loop = loop;
    }

    void decide(HttpConnection http, HttpRequestHead head) {
        long retryAfterMs = loop.wiring().frontDoor().retryAfterMs(http.client().getAddress(), loop.nowNs());
        if (retryAfterMs > 0) {
            count(EngineCounter.UPGRADES_REFUSED_TOO_MANY_FAILURES);
            http.refuse(429, "Too Many Requests", "too many upgrades from this address have failed",
                    new HttpField("Retry-After", Long.toString((retryAfterMs + 999) / 1000)));
        } else {
            examine(http, head);
        }
    }

    private void examine(HttpConnection http, HttpRequestHead head) {
        ServerHandshake.Outcome outcome = ServerHandshake.validate(head);
        if (outcome instanceof HandshakeViolation violation) {
            count(EngineCounter.UPGRADES_REFUSED_BAD_REQUEST);
            onFailure(http);
            http.refuse(violation);
            return;
        }
        Upgrade upgrade = new Upgrade(head, (UpgradeOffer) outcome, http.client(), http.transport().peerAddress(),
                http.transport().peerCertificates());
        Endpoint endpoint = endpointOf(upgrade.path());
        if (endpoint == null) {
            count(EngineCounter.UPGRADES_REFUSED_NOT_FOUND);
            onFailure(http);
            http.refuse(404, "Not Found", "there is no WebSocket at this path");
        } else if (loop.wiring().shutdown().getAsBoolean()) {
            refuseShuttingDown(http, upgrade, endpoint);
        } else if (loop.memory().isTight()) {
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_MEMORY, 503, "the server is short of memory", RETRY_AFTER);
        } else if (!OriginRule.allows(head, endpoint.settings().allowedOrigins())) {
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_ORIGIN, 403, "this Origin may not connect");
        } else if (endpoint.authenticator() == null) {
            establish(http, upgrade, endpoint, null, false);
        } else {
            http.cancelTimer();
            new AuthCall(loop, endpoint, upgrade, null, decision -> onDecided(http, upgrade, endpoint, decision)).start();
        }
    }

    private Endpoint endpointOf(String path) {
        for (Endpoint endpoint : loop.wiring().endpoints()) {
            if (endpoint.handlerFor(path) != null) {
                return endpoint;
            }
        }
        return null;
    }

    private void onDecided(HttpConnection http, Upgrade upgrade, Endpoint endpoint, AuthDecision decision) {
        if (!http.isWaiting()) {
            return;
        }
        if (decision == AuthCall.FAILED) {
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_AUTH_FAILURE, 500, decision.message());
        } else if (decision == AuthCall.TIMED_OUT) {
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_AUTH_TIMEOUT, 504, decision.message());
        } else if (decision.outcome() == AuthDecision.Outcome.UNAVAILABLE) {
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_AUTH_UNAVAILABLE, 503, decision.message(),
                    new HttpField("Retry-After", Long.toString(Math.max(1, decision.retryAfter().plusMillis(999).toSeconds()))));
        } else if (decision.isAccepted()) {
            establish(http, upgrade, endpoint, decision.user(), false);
        } else if (decision.outcome() == AuthDecision.Outcome.FORBIDDEN) {
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_FORBIDDEN, 403, decision.message());
        } else if (decision.outcome() == AuthDecision.Outcome.MISSING && endpoint.settings().firstMessageNs() > 0) {
            establish(http, upgrade, endpoint, null, true);
        } else {
            String challenge = decision.challenge() == null ? DEFAULT_CHALLENGE : decision.challenge();
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_UNAUTHORIZED, 401, decision.message(),
                    new HttpField("WWW-Authenticate", challenge));
        }
    }

    private void establish(HttpConnection http, Upgrade upgrade, Endpoint endpoint, AuthenticatedUser user, boolean isAuthPending) {
        // Once more, for an authenticator may have taken its time: who came in now would not be drained.
        if (loop.wiring().shutdown().getAsBoolean()) {
            refuseShuttingDown(http, upgrade, endpoint);
            return;
        }
        Endpoint.Refusal refusal = endpoint.admit(user);
        if (refusal != null) {
            refuse(http, upgrade, endpoint, refusal.counter(), 503, refusal.message(), RETRY_AFTER);
            return;
        }
        if (!admitClient(http)) {
            endpoint.withdraw(user);
            refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_ADDRESS_LIMIT, 503, "Maximum connections per address ("
                    + loop.wiring().frontDoor().settings().maxConnectionsPerAddress() + ") reached", RETRY_AFTER);
            return;
        }
        String subprotocol = upgrade.offer().chooseSubprotocol(endpoint.settings().subprotocols());
        DeflateNegotiation.Agreement agreement = agree(upgrade, endpoint);
        ConnectionDeflate deflate = agreement == null ? null
                : new ConnectionDeflate(agreement.parameters(), Role.SERVER, endpoint.settings().deflate(), loop);
        Established established = new Established(Role.SERVER, upgrade.path(), subprotocol, user, endpoint.handlerFor(upgrade.path()),
                endpoint.authenticator() == null ? null : upgrade, deflate);
        LoopConnection connection = new LoopConnection(loop.ids.next(), established, endpoint, loop, http.transport());
        TraceContext trace = TraceContext.of(upgrade);
        if (trace != null) {
            connection.metadata().put(TraceContext.METADATA_KEY, trace);
        }
        try {
            if (WANTS_UPGRADE.get(connection.handler().getClass())) {
                connection.handler().onUpgrade(upgrade, connection.metadata());
            }
        } catch (Throwable t) {
            loop.handlerErrors().onError(t);
            endpoint.withdraw(user);
            if (deflate != null) {
                deflate.release();
            }
            http.refuse(500, "Internal Server Error", "the handler of this path failed");
            return;
        }
        int length = encoder.encode(loop.cork.buffer(), 0, upgrade.offer().key(), subprotocol,
                agreement == null ? null : agreement.response().toString());
        loop.witness().upgraded(http, length, connection);
        ByteBuffer ahead = http.handOver();
        open(connection, length, isAuthPending);
        if (ahead != null) {
            loop.readSide().process(connection, ahead);
        }
        if (!connection.isStalled()) {
            http.transport().wantReadable(true);
        }
    }

    private DeflateNegotiation.Agreement agree(Upgrade upgrade, Endpoint endpoint) {
        EndpointDeflate deflate = endpoint.settings().deflate();
        return deflate == null ? null : deflate.accept(upgrade.offer().extensions(), loop.counters);
    }

    /** Whom a proxy has named in a header was not counted when the proxy's socket was accepted. */
    private boolean admitClient(HttpConnection http) {
        if (http.client() == http.transport().remoteAddress()) {
            return true;
        }
        if (!loop.wiring().frontDoor().admit(http.client().getAddress())) {
            return false;
        }
        http.transport().remoteAddress(http.client());
        return true;
    }

    /** The 101, which lies in the cork, leaves in one write with what the handler has to say first. */
    private void open(LoopConnection connection, int handshakeLength, boolean isAuthPending) {
        count(EngineCounter.UPGRADES_ACCEPTED);
        loop.beginReading(connection);
        try {
            connection.writeSide().corkHandshake(handshakeLength);
            loop.opened(connection);
            connection.onEstablished(isAuthPending);
        } finally {
            loop.endReading(connection);
        }
    }

    private void refuseShuttingDown(HttpConnection http, Upgrade upgrade, Endpoint endpoint) {
        refuse(http, upgrade, endpoint, EngineCounter.UPGRADES_REFUSED_SHUTTING_DOWN, 503, "the server is shutting down", RETRY_AFTER);
    }

    private void refuse(HttpConnection http, Upgrade upgrade, Endpoint endpoint, EngineCounter counter, int status, String message,
            HttpField... fields) {
        count(counter);
        if (status < 500) {
            onFailure(http);
        }
        loop.witness().refused(upgrade, endpoint, status, message);
        http.refuse(status, "WebSocketConnectionError", message, fields);
    }

    /** What the client is to blame for. */
    private void onFailure(HttpConnection http) {
        loop.wiring().frontDoor().onFailure(http.client().getAddress(), loop.nowNs());
    }

    private void count(EngineCounter counter) {
        loop.counters.increment(counter);
    }
}
