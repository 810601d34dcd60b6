package io.neurolink.agent.client;

import io.neurolink.agent.spi.AgentException;

/** Is told what happens to a client as a whole. Called by the executor of the options, one call at a time, in order; it may block. */
public interface ClientListener {
    /** Listens to nothing. */
    ClientListener NONE = new ClientListener() {
    };

    /**
     * The client is in another state.
     *
     * @param from  the state it was in.
     * @param to    the state it is in now.
     * @param cause why, where something went wrong; else null.
     */
    default void onState(ClientState from, ClientState to, AgentException cause) {
    }

    /**
     * The server complained about something that is no run, a credential for instance.
     *
     * @param error what it said.
     */
    default void onError(AgentException error) {
    }

    /**
     * The server is about to stop. The client connects again by itself, when the server said it should.
     *
     * @param message          text for people.
     * @param reconnectAfterMs when the client will, in milliseconds from now.
     */
    default void onShutdown(String message, long reconnectAfterMs) {
    }

    /**
     * The credential ends soon. A client that has a source of tokens has asked it for a new one already.
     *
     * @param expiresAt when it ends, milliseconds since the epoch.
     */
    default void onAuthExpiring(long expiresAt) {
    }

    /**
     * A quota of the user is nearly used up, or is; what goes beyond it fails with {@code RATE_LIMITED}.
     *
     * @param limit        what is limited: {@code messages}, {@code runs} or {@code tokens}.
     * @param remaining    how many are left now.
     * @param retryAfterMs milliseconds until there is one; 0 if there is.
     */
    default void onRateLimit(String limit, long remaining, long retryAfterMs) {
    }
}
