package io.neurolink.engine.spi;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Who a connection belongs to, as an {@link Authenticator} found it. Immutable.
 *
 * @param id          unique identifier, never blank
 * @param email       e-mail address, or null
 * @param name        display name, or null
 * @param roles       roles for authorisation, possibly empty
 * @param permissions fine-grained permissions, possibly empty
 * @param metadata    whatever else the authenticator knows, possibly empty
 * @param expiresAt   when the credential runs out, or null if it does not: from then on it is refused, and a connection that has not been
 *                    authenticated anew by then is closed with 4403
 */
public record AuthenticatedUser(
        String id, String email, String name, Set<String> roles, Set<String> permissions, Map<String, Object> metadata,
        Instant expiresAt) {

    private static final Instant FIRST_MS = Instant.ofEpochMilli(Long.MIN_VALUE);
    private static final Instant LAST_MS = Instant.ofEpochMilli(Long.MAX_VALUE);

    /** Copies the collections, so that later changes to the arguments are not seen. */
    public AuthenticatedUser {
        Objects.requireNonNull(id, "id");
        if (id.isBlank()) {
            throw new IllegalArgumentException("id of an AuthenticatedUser must not be blank");
        }
        roles = Set.copyOf(roles);
        permissions = Set.copyOf(permissions);
        metadata = Map.copyOf(metadata);
    }

    /**
     * A user of whom only the id is known.
     *
     * @param id unique identifier, never blank.
     * @return the user, without roles and permissions.
     */
    public static AuthenticatedUser of(String id) {
        return new AuthenticatedUser(id, null, null, Set.of(), Set.of(), Map.of(), null);
    }

    /**
     * {@return a copy with those roles}
     *
     * @param newRoles roles to have instead of the present ones.
     */
    public AuthenticatedUser withRoles(String... newRoles) {
        return new AuthenticatedUser(id, email, name, Set.of(newRoles), permissions, metadata, expiresAt);
    }

    /**
     * {@return a copy with those permissions}
     *
     * @param newPermissions permissions to have instead of the present ones.
     */
    public AuthenticatedUser withPermissions(String... newPermissions) {
        return new AuthenticatedUser(id, email, name, roles, Set.of(newPermissions), metadata, expiresAt);
    }

    /** {@return {@link #expiresAt} in epoch milliseconds; {@link Long#MAX_VALUE} for never} */
    public long expiresAtMs() {
        if (expiresAt == null || expiresAt.isAfter(LAST_MS)) {
            return Long.MAX_VALUE;
        }
        return expiresAt.isBefore(FIRST_MS) ? Long.MIN_VALUE : expiresAt.toEpochMilli();
    }

    /**
     * {@return a copy with that end}
     *
     * @param newExpiresAt when the credential runs out, or null if it does not.
     */
    public AuthenticatedUser withExpiresAt(Instant newExpiresAt) {
        return new AuthenticatedUser(id, email, name, roles, permissions, metadata, newExpiresAt);
    }
}
