package io.neurolink.agent;

import java.util.List;

/**
 * A user known from the configuration, and the token or password that proves it.
 *
 * @param user   id of the user
 * @param roles  the user's roles
 * @param secret token, API key or password; never printed
 */
record StaticCredential(String user, List<String> roles, String secret) {
    /** Copies the roles. */
    StaticCredential {
        roles = List.copyOf(roles);
    }

    @Override
    public String toString() {
        return "StaticCredential[user=" + user + ", roles=" + roles + ", secret=***]";
    }
}
