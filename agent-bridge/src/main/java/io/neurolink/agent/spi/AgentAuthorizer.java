package io.neurolink.agent.spi;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;

/**
 * Decides who may do what, once they are connected. Set with {@code AgentHandlerConfig.builder().authorizer(…)}; without one everybody may
 * do everything.
 *
 * <p>It is asked about each message but {@code auth}, {@code ping}, {@code pong}, {@code ack} and {@code cancel}, with the user as it is at
 * that moment: whoever has renewed a credential with other roles is judged by these. It is also asked about each tool that an agent calls
 * and the server runs. Who may not gets {@code FORBIDDEN}, a {@code resume} that is refused {@code resume_failed}, an agent a failed tool.
 */
@FunctionalInterface
public interface AgentAuthorizer {
    /**
     * Called on the thread of the connection, or of the tool; must not block where handlers must not. What a connection sends meanwhile
     * waits, so that order is kept; it is then served on the thread that completes the stage.
     *
     * @param user   who, or null for an anonymous connection.
     * @param action what.
     * @return completes with whether that is allowed. A failure refuses: an {@link AgentException} is told to the client, anything else is
     *     logged and told as {@code INTERNAL}, as is a stage that takes longer than {@code authorizationTimeout}.
     */
    CompletionStage<Boolean> authorize(AuthenticatedUser user, AgentAction action);

    /**
     * {@return an authorizer of it}
     *
     * @param rule decides at once.
     */
    static AgentAuthorizer of(BiPredicate<AuthenticatedUser, AgentAction> rule) {
        return (user, action) -> CompletableFuture.completedFuture(rule.test(user, action));
    }

    /**
     * {@return allows what both allow; the other is asked only where this one does}
     *
     * @param other one more that must agree.
     */
    default AgentAuthorizer and(AgentAuthorizer other) {
        return (user, action) -> authorize(user, action).thenCompose(isAllowed -> Boolean.TRUE.equals(isAllowed)
                ? other.authorize(user, action) : CompletableFuture.completedFuture(false));
    }
}
