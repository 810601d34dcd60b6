package io.neurolink.agent.spi;

import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param role    who speaks: {@code user}, {@code assistant}, {@code system}, {@code tool}, or a word of the client's
 * @param content what was said
 */
public record AgentMessage(String role, String content) {
    /** Role of the person who asks. */
    public static final String USER = "user";

    /** Checks that both are there. */
    public AgentMessage {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
    }

    /**
     * {@return a message with role {@code user}}
     *
     * @param content what the user says.
     */
    public static AgentMessage user(String content) {
        return new AgentMessage(USER, content);
    }
}
