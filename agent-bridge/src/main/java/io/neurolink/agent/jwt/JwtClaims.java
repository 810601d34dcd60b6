package io.neurolink.agent.jwt;

import com.nimbusds.jwt.JWTClaimsSet;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a user off the claims of a token whose signature is good.
 *
 * @param rolesClaim       where the roles are; dots lead into objects
 * @param permissionsClaim where the permissions are
 * @param clockSkew        by how much longer than it says a token is good
 */
record JwtClaims(String rolesClaim, String permissionsClaim, Duration clockSkew) {
    private static final Set<String> READ = Set.of("sub", "email", "name", "exp", "nbf", "iat", "jti");

    /** @return null if the token names nobody. */
    AuthenticatedUser user(JWTClaimsSet claims) {
        String id = claims.getSubject();
        if (id == null || id.isBlank()) {
            return null;
        }
        Instant expiresAt = claims.getExpirationTime() == null ? null : claims.getExpirationTime().toInstant().plus(clockSkew);
        return new AuthenticatedUser(id, text(claims, "email"), text(claims, "name"), words(claims, rolesClaim),
                words(claims, permissionsClaim), others(claims), expiresAt);
    }

    private static String text(JWTClaimsSet claims, String name) {
        return claims.getClaim(name) instanceof String text ? text : null;
    }

    private static Set<String> words(JWTClaimsSet claims, String path) {
        Object value = find(claims.getClaims(), path);
        Set<String> words = new LinkedHashSet<>();
        if (value instanceof Collection<?> list) {
            list.stream().filter(String.class::isInstance).map(String.class::cast).forEach(words::add);
        } else if (value instanceof String text && !text.isBlank()) {
            words.addAll(List.of(text.strip().split(" +")));
        }
        return words;
    }

    /** A claim may have dots in its name, as those that are URLs do. */
    private static Object find(Map<?, ?> claims, String path) {
        if (claims.containsKey(path)) {
            return claims.get(path);
        }
        int dot = path.indexOf('.');
        return dot > 0 && claims.get(path.substring(0, dot)) instanceof Map<?, ?> inner ? find(inner, path.substring(dot + 1)) : null;
    }

    private Map<String, Object> others(JWTClaimsSet claims) {
        Map<String, Object> others = new HashMap<>();
        claims.getClaims().forEach((name, value) -> {
            if (value != null && !READ.contains(name) && !name.equals(rolesClaim) && !name.equals(permissionsClaim)) {
                others.put(name, value);
            }
        });
        return others;
    }
}
