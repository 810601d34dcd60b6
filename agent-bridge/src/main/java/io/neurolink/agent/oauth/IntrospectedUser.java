package io.neurolink.agent.oauth;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a user off the answer about a token.
 *
 * @param issuer     what {@code iss} must be; null = anything
 * @param audience   what {@code aud} must be or contain; null = anything
 * @param rolesClaim where the roles are; dots lead into objects
 */
record IntrospectedUser(String issuer, String audience, String rolesClaim) {
    private static final Set<String> READ = Set.of("active", "sub", "username", "email", "name", "exp", "nbf", "iat", "jti", "scope",
            "token_type");
    /** The year 9999. */
    private static final long MAX_SECONDS = 253_402_300_799L;

    /** @return null if the token is not active, not for us, or nobody's. */
    AuthenticatedUser of(Map<?, ?> answer) {
        boolean isOurs = Boolean.TRUE.equals(answer.get("active"))
                && (issuer == null || issuer.equals(answer.get("iss")))
                && (audience == null || words(answer.get("aud"), false).contains(audience));
        String id = firstText(answer, "sub", "username", "client_id");
        if (!isOurs || id == null) {
            return null;
        }
        String name = firstText(answer, "name", "username");
        return new AuthenticatedUser(id, firstText(answer, "email"), name, words(find(answer, rolesClaim), true),
                words(answer.get("scope"), true), others(answer), expiry(answer.get("exp")));
    }

    private static String firstText(Map<?, ?> answer, String... names) {
        for (String name : names) {
            if (answer.get(name) instanceof String text && !text.isBlank()) {
                return text;
            }
        }
        return null;
    }

    private static Instant expiry(Object exp) {
        return exp instanceof Number seconds ? Instant.ofEpochSecond(Math.min(Math.max(0, seconds.longValue()), MAX_SECONDS)) : null;
    }

    /** Some servers write lists as arrays, others as words with spaces between. */
    private static Set<String> words(Object value, boolean isSplit) {
        Set<String> words = new LinkedHashSet<>();
        if (value instanceof Collection<?> list) {
            list.stream().filter(String.class::isInstance).map(String.class::cast).forEach(words::add);
        } else if (value instanceof String text && !text.isBlank()) {
            words.addAll(isSplit ? List.of(text.strip().split(" +")) : List.of(text));
        }
        return words;
    }

    private static Object find(Map<?, ?> fields, String path) {
        if (fields.containsKey(path)) {
            return fields.get(path);
        }
        int dot = path.indexOf('.');
        return dot > 0 && fields.get(path.substring(0, dot)) instanceof Map<?, ?> inner ? find(inner, path.substring(dot + 1)) : null;
    }

    private Map<String, Object> others(Map<?, ?> answer) {
        Map<String, Object> others = new HashMap<>();
        answer.forEach((name, value) -> {
            if (value != null && !READ.contains(name) && !name.equals(rolesClaim)) {
                others.put(name.toString(), value);
            }
        });
        return others;
    }
}
