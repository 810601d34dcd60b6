package io.neurolink.agent.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.HashSet;
import java.util.Set;

/** What a token must say to be valid now. */
final class JwtRules extends DefaultJWTClaimsVerifier<SecurityContext> {
    static final int MIN_SECRET_BYTES = 32;

    private final Clock clock;

    JwtRules(String issuer, String audience, boolean requireExpiry, Duration clockSkew, Clock clock) {
        super(audience == null ? null : Set.of(audience), exactMatch(issuer), required(requireExpiry), null);
        setMaxClockSkew(Math.toIntExact(clockSkew.toSeconds()));
        this.clock = clock;
    }

    private static JWTClaimsSet exactMatch(String issuer) {
        return issuer == null ? null : new JWTClaimsSet.Builder().issuer(issuer).build();
    }

    private static Set<String> required(boolean requireExpiry) {
        return requireExpiry ? Set.of("sub", "exp") : Set.of("sub");
    }

    @Override
    protected Date currentTime() {
        return Date.from(clock.instant());
    }

    /** A secret that is shorter than the hash weakens it (RFC 7518, section 3.2). */
    static Set<JWSAlgorithm> hmacAlgorithms(int secretBytes) {
        var algorithms = new HashSet<>(Set.of(JWSAlgorithm.HS256));
        if (secretBytes >= 48) {
            algorithms.add(JWSAlgorithm.HS384);
        }
        if (secretBytes >= 64) {
            algorithms.add(JWSAlgorithm.HS512);
        }
        return algorithms;
    }

    static boolean isThisMachine(String host) {
        return host != null && Set.of("localhost", "127.0.0.1", "[::1]").contains(host);
    }

    static Duration checked(String name, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", not " + value);
        }
        return value;
    }
}
