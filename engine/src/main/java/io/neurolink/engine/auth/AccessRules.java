package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.UpgradeRequest;
import java.util.Collections;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/**
 * What a user needs beside a valid credential.
 *
 * @param roles       any one of these; none = no rule
 * @param permissions all of these; none = no rule
 */
public record AccessRules(Set<String> roles, Set<String> permissions) {
    /** No rule. */
    public static final AccessRules NONE = new AccessRules(Set.of(), Set.of());

    /** Copies the sets. */
    public AccessRules {
        roles = Set.copyOf(roles);
        permissions = Set.copyOf(permissions);
    }

    /**
     * {@return one that also demands these rules; the same if there is none} Its decisions are 403 for a user who lacks something and for
     * an anonymous connection.
     *
     * @param authenticator finds the user.
     */
    public Authenticator applyTo(Authenticator authenticator) {
        return roles.isEmpty() && permissions.isEmpty() ? authenticator : new Ruled(Objects.requireNonNull(authenticator), this);
    }

    AuthDecision check(AuthDecision decision) {
        if (!decision.isAccepted()) {
            return decision;
        }
        AuthenticatedUser user = decision.user();
        if (!roles.isEmpty() && (user == null || Collections.disjoint(roles, user.roles()))) {
            return AuthDecision.forbidden(
                    roles.size() == 1 ? "Missing role: " + list(roles) : "Missing role: one of " + list(roles));
        }
        var missing = new TreeSet<>(permissions);
        missing.removeAll(user == null ? Set.of() : user.permissions());
        return missing.isEmpty() ? decision : AuthDecision.forbidden("Missing permission: " + list(missing));
    }

    private static String list(Set<String> names) {
        return String.join(", ", new TreeSet<>(names));
    }

    private record Ruled(Authenticator authenticator, AccessRules rules) implements Authenticator {
        @Override
        public CompletionStage<AuthDecision> authenticate(UpgradeRequest request, String credential) {
            return authenticator.authenticate(request, credential).thenApply(rules::check);
        }
    }
}
