package io.neurolink.agent.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import io.neurolink.engine.spi.AuthUnavailableException;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.lang.System.Logger.Level;
import java.lang.System.Logger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Key;
import java.security.PublicKey;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Tells whose a JSON Web Token (RFC 7519) is: a validator for {@code AuthConfig.bearer}.
 *
 * <pre>{@code
 * var tokens = JwtTokens.withKeys(URI.create("https://id.example.com/.well-known/jwks.json"))
 *         .issuer("https://id.example.com").audience("neurolink").build();
 * WebSocketConfig.builder().auth(AuthConfig.bearer(tokens).build())
 * }</pre>
 *
 * What is accepted is decided here and not by the token: with a secret only HMAC signatures, with public keys only RSA, EC and Ed25519
 * ones, never {@code none}; algorithms, issuer and audience that do not fit are refused. The user's id is the claim {@code sub};
 * {@code email}, {@code name}, {@code roles}, {@code permissions} (arrays, or words with spaces between) are read where they are there.
 * {@code exp} becomes {@link AuthenticatedUser#expiresAt}: the engine refuses a token that has run out, and closes the connections of one
 * that does. Any thread; may block while keys are fetched. No token and no secret is in anything it prints, logs or throws.
 */
public final class JwtTokens implements Function<String, AuthenticatedUser> {
    private static final int MAX_LENGTH = 16 * 1024;
    private static final String UNAVAILABLE = "The token cannot be checked at present";
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent.jwt");

    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final JwtClaims claims;
    private final String description;
    private final BooleanSupplier isOut;

    private JwtTokens(Builder builder) {
        this.claims = new JwtClaims(builder.rolesClaim, builder.permissionsClaim, builder.clockSkew);
        this.description = builder.keysDescription;
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null));
        JWSKeySelector<SecurityContext> keys = builder.keys.apply(builder);
        this.isOut = keys instanceof JwtKeys set ? set::isOut : () -> false;
        processor.setJWSKeySelector(keys);
        processor.setJWSVerifierFactory(new VerifierFactory());
        processor.setJWTClaimsSetVerifier(
                new JwtRules(builder.issuer, builder.audience, builder.requireExpiry, builder.clockSkew, builder.clock));
    }

    /**
     * Tokens signed with a shared secret: HS256, and HS384 and HS512 where it is long enough.
     *
     * @param secret the secret, at least 32 bytes as UTF-8 (RFC 7518, section 3.2).
     * @return a builder.
     * @throws IllegalArgumentException if it is shorter.
     */
    public static Builder withSecret(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < JwtRules.MIN_SECRET_BYTES) {
            throw new IllegalArgumentException(
                    "the secret must have at least " + JwtRules.MIN_SECRET_BYTES + " bytes, not " + bytes.length);
        }
        return new Builder("a secret",
                builder -> new JWSVerificationKeySelector<>(JwtRules.hmacAlgorithms(bytes.length), new ImmutableSecret<>(bytes)));
    }

    /**
     * Tokens signed with a private key: RS256 to RS512, PS256 to PS512, ES256 to ES512, EdDSA with Ed25519.
     *
     * @param url of the JWK set with the public keys: {@code https}, or {@code http} to this machine. Read when the first token comes.
     * @return a builder.
     * @throws IllegalArgumentException if it is no such URL.
     */
    public static Builder withKeys(URI url) {
        boolean isSafe = "https".equals(url.getScheme()) || "http".equals(url.getScheme()) && JwtRules.isThisMachine(url.getHost());
        if (!isSafe) {
            throw new IllegalArgumentException("the JWK set must be read from https:// (or http://localhost), not from " + url);
        }
        return new Builder(url.toString(), builder -> JwtKeys.ofUrl(url, builder.keepKeysFor, builder.fetchTimeout));
    }

    /**
     * As {@link #withKeys(URI)}, with a file. A file that is replaced is read again when a token names a key that was not in it, or after
     * {@link Builder#keepKeysFor}.
     *
     * @param file the JWK set.
     * @return a builder.
     */
    public static Builder withKeys(Path file) {
        Objects.requireNonNull(file, "file");
        return new Builder(file.toString(), builder -> JwtKeys.ofFile(file, builder.keepKeysFor));
    }

    /**
     * Checks a token.
     *
     * @param token the token in compact form.
     * @return whose it is; null if it is not valid. Of one that was valid once the user is given with an
     *         {@link AuthenticatedUser#expiresAt} that lies in the past.
     * @throws AuthUnavailableException if the keys cannot be had.
     */
    @Override
    public AuthenticatedUser apply(String token) {
        if (token.length() > MAX_LENGTH) {
            return refuse("it is longer than " + MAX_LENGTH + " characters");
        }
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            return verify(jwt);
        } catch (ParseException e) {
            return refuse("it is no signed token");
        }
    }

    private AuthenticatedUser verify(SignedJWT jwt) throws ParseException {
        try {
            return user(processor.process(jwt, null));
        } catch (ExpiredJWTException e) {
            return user(jwt.getJWTClaimsSet());
        } catch (BadJOSEException e) {
            return refuse(e.getMessage());
        } catch (RateLimitReachedException e) {
            // Made-up keys are asked for no more, but who knows which are made up while the set cannot be read?
            if (isOut.getAsBoolean()) {
                throw new AuthUnavailableException(UNAVAILABLE, RETRY_AFTER, null);
            }
            return refuse(e.getMessage());
        } catch (KeySourceException e) {
            throw new AuthUnavailableException(UNAVAILABLE, RETRY_AFTER,
                    new IllegalStateException("the keys of " + description + " cannot be had", e));
        } catch (JOSEException e) {
            return refuse(e.getMessage());
        }
    }

    private AuthenticatedUser user(JWTClaimsSet set) {
        AuthenticatedUser user = claims.user(set);
        return user == null ? refuse("it has no sub") : user;
    }

    private static AuthenticatedUser refuse(String reason) {
        LOGGER.log(Level.DEBUG, "a token is refused: {0}", reason);
        return null;
    }

    /** Where the keys are from. */
    @Override
    public String toString() {
        return "JwtTokens[" + description + "]";
    }

    /** Ed25519 by the JDK, everything else by the library. */
    private static final class VerifierFactory extends DefaultJWSVerifierFactory {
        @Override
        public Set<JWSAlgorithm> supportedJWSAlgorithms() {
            var all = new HashSet<>(super.supportedJWSAlgorithms());
            all.addAll(Ed25519Verifier.ALGORITHMS);
            return all;
        }

        @Override
        public JWSVerifier createJWSVerifier(JWSHeader header, Key key) throws JOSEException {
            return Ed25519Verifier.ALGORITHMS.contains(header.getAlgorithm())
                    ? new Ed25519Verifier((PublicKey) key) : super.createJWSVerifier(header, key);
        }
    }

    /** Collects what tokens must have. Not safe for use by several threads. */
    public static final class Builder {
        private final String keysDescription;
        private final Function<Builder, JWSKeySelector<SecurityContext>> keys;
        private String issuer;
        private String audience;
        private boolean requireExpiry;
        private String rolesClaim = "roles";
        private String permissionsClaim = "permissions";
        private Duration clockSkew = Duration.ofSeconds(30);
        private Duration keepKeysFor = Duration.ofMinutes(5);
        private Duration fetchTimeout = Duration.ofSeconds(2);
        private Clock clock = Clock.systemUTC();

        private Builder(String keysDescription, Function<Builder, JWSKeySelector<SecurityContext>> keys) {
            this.keysDescription = keysDescription;
            this.keys = keys;
        }

        /**
         * Sets the issuer.
         *
         * @param value what {@code iss} must be; null (the default) = anything.
         * @return this.
         */
        public Builder issuer(String value) {
            issuer = value;
            return this;
        }

        /**
         * Sets the audience.
         *
         * @param value what {@code aud} must be or contain; null (the default) = anything.
         * @return this.
         */
        public Builder audience(String value) {
            audience = value;
            return this;
        }

        /**
         * Says whether tokens must expire.
         *
         * @param value whether a token without {@code exp} is refused; false by default.
         * @return this.
         */
        public Builder requireExpiry(boolean value) {
            requireExpiry = value;
            return this;
        }

        /**
         * Sets the roles claim.
         *
         * @param value claim that holds the roles; a dot leads into an object, as in {@code realm_access.roles}. {@code roles} by default.
         * @return this.
         */
        public Builder rolesClaim(String value) {
            rolesClaim = Objects.requireNonNull(value, "rolesClaim");
            return this;
        }

        /**
         * Sets the permissions claim.
         *
         * @param value claim that holds the permissions, such as {@code scope}; see {@link #rolesClaim}. {@code permissions} by default.
         * @return this.
         */
        public Builder permissionsClaim(String value) {
            permissionsClaim = Objects.requireNonNull(value, "permissionsClaim");
            return this;
        }

        /**
         * Sets the clock skew.
         *
         * @param value by how much clocks may differ, 0 to 10 minutes; 30 s by default.
         * @return this.
         */
        public Builder clockSkew(Duration value) {
            clockSkew = JwtRules.checked("clockSkew", value, Duration.ZERO, Duration.ofMinutes(10));
            return this;
        }

        /**
         * Sets how long keys are kept.
         *
         * @param value how long public keys are used before they are read again, 10 s to 1 day; 5 minutes by default. A key that is
         *     taken out of the set is believed until then.
         * @return this.
         */
        public Builder keepKeysFor(Duration value) {
            keepKeysFor = JwtRules.checked("keepKeysFor", value, Duration.ofSeconds(10), Duration.ofDays(1));
            return this;
        }

        /**
         * Sets the fetch timeout.
         *
         * @param value time to connect, and to read, when keys are fetched, 1 ms to 1 minute; 2 s by default. Keep the sum below
         *     {@code AuthConfig}'s timeout.
         * @return this.
         */
        public Builder fetchTimeout(Duration value) {
            fetchTimeout = JwtRules.checked("fetchTimeout", value, Duration.ofMillis(1), Duration.ofMinutes(1));
            return this;
        }

        Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** {@return the validator} */
        public JwtTokens build() {
            return new JwtTokens(this);
        }
    }
}
