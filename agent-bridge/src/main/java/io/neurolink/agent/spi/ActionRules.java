package io.neurolink.agent.spi;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Roles and permissions that actions need. An action is named by the type of its message, or as {@code tool:NAME} or {@code tool:*}; what
 * is not named is allowed. Where several rules name an action, all of them hold.
 *
 * <pre>{@code
 * ActionRules.builder().role("tool:*", "staff").permission("tool:refund", "payments:write").permission("generate", "chat").build()
 * }</pre>
 */
public final class ActionRules implements AgentAuthorizer {
    private static final String TOOL = "tool:";
    private static final String ANY_TOOL = TOOL + "*";

    private final Map<String, Rule> rules;

    /**
     * @param roles       any of them; none = no rule
     * @param permissions all of them
     */
    private record Rule(Set<String> roles, Set<String> permissions) {
        private static final Rule NONE = new Rule(Set.of(), Set.of());

        boolean allows(AuthenticatedUser user) {
            boolean hasRole = roles.isEmpty() || user != null && !Collections.disjoint(roles, user.roles());
            return hasRole && (permissions.isEmpty() || user != null && user.permissions().containsAll(permissions));
        }
    }

    private ActionRules(Map<String, Rule> rules) {
        this.rules = rules;
    }

    /** {@return a builder without rules} */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public CompletionStage<Boolean> authorize(AuthenticatedUser user, AgentAction action) {
        boolean isAllowed = allows(action.type(), user)
                && (action.tool() == null || allows(TOOL + action.tool(), user) && allows(ANY_TOOL, user));
        return CompletableFuture.completedFuture(isAllowed);
    }

    private boolean allows(String name, AuthenticatedUser user) {
        return rules.getOrDefault(name, Rule.NONE).allows(user);
    }

    /** The actions that have rules. */
    @Override
    public String toString() {
        List<String> names = new ArrayList<>(rules.keySet());
        Collections.sort(names);
        return "ActionRules" + names;
    }

    /** Collects rules. Not safe for use by several threads. */
    public static final class Builder {
        private final Map<String, Rule> rules = new HashMap<>();

        private Builder() {
        }

        /**
         * Demands a role; of several for one action a user needs any.
         *
         * @param action type of a message, {@code tool:NAME}, or {@code tool:*}.
         * @param role   the role.
         * @return this.
         * @throws IllegalArgumentException if one of them is blank, or the action can never be asked about.
         */
        public Builder role(String action, String role) {
            add(action, new Rule(Set.of(checked("role", role)), Set.of()));
            return this;
        }

        /**
         * Demands a permission; of several for one action a user needs all.
         *
         * @param action     type of a message, {@code tool:NAME}, or {@code tool:*}.
         * @param permission the permission.
         * @return this.
         * @throws IllegalArgumentException if one of them is blank, or the action can never be asked about.
         */
        public Builder permission(String action, String permission) {
            add(action, new Rule(Set.of(), Set.of(checked("permission", permission))));
            return this;
        }

        private void add(String action, Rule rule) {
            if (Set.of("auth", "ping", "pong", "ack", "cancel", TOOL).contains(checked("action", action))) {
                throw new IllegalArgumentException("action must be the type of a message that is asked about, tool:NAME or tool:*, not '"
                        + action + "'");
            }
            rules.merge(action, rule, (one, other) -> new Rule(union(one.roles, other.roles), union(one.permissions, other.permissions)));
        }

        private static String checked(String name, String value) {
            if (value.isBlank()) {
                throw new IllegalArgumentException(name + " must not be blank");
            }
            return value;
        }

        private static Set<String> union(Set<String> one, Set<String> other) {
            Set<String> both = new HashSet<>(one);
            both.addAll(other);
            return both;
        }

        /** {@return the rules} */
        public ActionRules build() {
            return new ActionRules(Map.copyOf(rules));
        }
    }
}
