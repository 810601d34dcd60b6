package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.List;

/**
 * A user of a configuration, and the token or password that proves it.
 *
 * @param user   id of the user, and the name to log in with
 * @param roles  the user's roles
 * @param secret token, API key or password, or a hash of it; never printed
 */
public record StoredCredential(String user, List<String> roles, String secret) {
    private static final String USER_FORM = "USER:PASSWORD[:ROLE,ROLE...]";
    private static final String TOKEN_FORM = "USER[:ROLE,ROLE...]=TOKEN";

    /** Copies the roles. */
    public StoredCredential {
        roles = List.copyOf(roles);
    }

    /**
     * {@return what it says}
     *
     * @param text {@code USER:PASSWORD[:ROLE,ROLE…]}; the password, or its hash, has no colon.
     * @throws IllegalArgumentException if it has another form; the message does not repeat it.
     */
    public static StoredCredential ofUser(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length < 2 || parts.length > 3 || parts[0].isBlank() || parts[1].isEmpty()) {
            throw new IllegalArgumentException("must be " + USER_FORM);
        }
        return new StoredCredential(parts[0], parts.length < 3 ? List.of() : roles(parts[2], USER_FORM), parts[1]);
    }

    /**
     * {@return what it says}
     *
     * @param text {@code USER[:ROLE,ROLE…]=TOKEN}; the first {@code =} ends the user.
     * @throws IllegalArgumentException if it has another form; the message does not repeat it.
     */
    public static StoredCredential ofToken(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? "" : text.substring(0, equals);
        int colon = name.indexOf(':');
        String user = colon < 0 ? name : name.substring(0, colon);
        if (user.isBlank() || equals == text.length() - 1) {
            throw new IllegalArgumentException("must be " + TOKEN_FORM);
        }
        return new StoredCredential(user, colon < 0 ? List.of() : roles(name.substring(colon + 1), TOKEN_FORM), text.substring(equals + 1));
    }

    private static List<String> roles(String text, String form) {
        List<String> roles = List.of(text.split(",", -1));
        if (roles.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("must be " + form + " with no empty role");
        }
        return roles;
    }

    /** {@return the user, with the roles} */
    public AuthenticatedUser authenticated() {
        return AuthenticatedUser.of(user).withRoles(roles.toArray(String[]::new));
    }

    @Override
    public String toString() {
        return "StoredCredential[user=" + user + ", roles=" + roles + ", secret=***]";
    }
}
