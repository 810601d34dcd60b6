package io.neurolink.agent.session;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.Objects;

/** Answers {@code auth}: the first message of a connection that authenticates late, or a new credential for one that lives already. */
final class AuthMessages {
    private static final int UNAUTHORIZED = 4401;
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    private final AgentHandlerConfig config;

    AuthMessages(AgentHandlerConfig config) {
        this.config = config;
    }

    /** Has the credential checked; the answer is sent when the decision is there. */
    Object authenticate(AgentConnection known, Envelope message) {
        String credential = credential(message);
        if (!known.isAuthPending.compareAndSet(false, true)) {
            throw new AgentException(ErrorCode.RATE_LIMITED, "A credential is being checked already");
        }
        known.connection.authenticate(credential).whenComplete((decision, error) -> {
            known.isAuthPending.set(false);
            if (error == null) {
                onDecision(known, decision);
            } else {
                LOGGER.log(Level.WARNING, "the credential of connection " + known.connection.id() + " could not be checked", error);
                refuse(known, notChecked());
            }
        });
        return null;
    }

    private static String credential(Envelope message) {
        Fields payload = message.payload();
        Fields flat = message.fields();
        String credential = firstOf(payload.string("token"), payload.string("apiKey"), flat.string("token"), flat.string("apiKey"));
        if (credential != null) {
            return credential;
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.token or payload.apiKey is required");
    }

    private static String firstOf(String... texts) {
        return Arrays.stream(texts).filter(Objects::nonNull).findFirst().orElse(null);
    }

    private static AgentException notChecked() {
        return new AgentException(ErrorCode.INTERNAL.name(), "The credential could not be checked", true, AgentException.NO_HINT);
    }

    private void onDecision(AgentConnection known, AuthDecision decision) {
        if (decision.isAccepted()) {
            known.isAuthenticated.set(true);
            known.runs.userChanged();
            AuthenticatedUser user = decision.user();
            known.expiry.watch(user);
            known.reply(writer -> user == null || user.expiresAt() == null ? writer.begin("auth_ok").end()
                    : writer.begin("auth_ok").number("expiresAt", user.expiresAtMs()).end());
            return;
        }
        if (decision.outcome() == AuthDecision.Outcome.UNAVAILABLE) {
            refuse(known, new AgentException(ErrorCode.INTERNAL.name(), decision.message(), true, decision.retryAfter().toMillis()));
            return;
        }
        refuse(known, new AgentException(codeOf(decision), decision.message()));
        if (known.authFailures.incrementAndGet() >= config.maxAuthFailures()) {
            known.connection.close(UNAUTHORIZED, "Authentication failed");
        }
    }

    private static ErrorCode codeOf(AuthDecision decision) {
        return switch (decision.outcome()) {
            case FORBIDDEN -> ErrorCode.FORBIDDEN;
            case EXPIRED -> ErrorCode.AUTH_EXPIRED;
            default -> ErrorCode.AUTH_INVALID;
        };
    }

    private static void refuse(AgentConnection known, AgentException failure) {
        known.reply(writer -> ErrorMessages.write(writer, failure, "auth"));
    }
}
