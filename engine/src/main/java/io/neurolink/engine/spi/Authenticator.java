package io.neurolink.engine.spi;

import java.util.concurrent.CompletionStage;

/**
 * Decides who may connect. It is called before the upgrade is answered, and again for a credential that comes in a message.
 */
@FunctionalInterface
public interface Authenticator {
    /**
     * Called on a thread of the engine's cold executor, never on an event loop: it may block, but the deadline of the manager's auth
     * configuration runs. An exception or a failed stage is answered with 500, a missed deadline with 504; both refuse the connection.
     *
     * @param request    the upgrade request.
     * @param credential null at the upgrade (the credential is to be found in the request); at authentication by message, the credential
     *                   itself.
     * @return completes with the decision, never with null.
     */
    CompletionStage<AuthDecision> authenticate(UpgradeRequest request, String credential);
}
