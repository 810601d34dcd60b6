package io.neurolink.engine;

import io.neurolink.engine.auth.AccessRules;
import io.neurolink.engine.auth.BasicAuthenticator;
import io.neurolink.engine.auth.CertificateAuthenticator;
import io.neurolink.engine.auth.CredentialSources;
import io.neurolink.engine.auth.StaticTokens;
import io.neurolink.engine.auth.StaticUsers;
import io.neurolink.engine.auth.TokenAuthenticator;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Who may connect. Made by one of the strategies' factory methods; nothing printed from here holds a secret.
 *
 * <p>Validators run on the engine's cold executor and may block. One that returns null refuses the credential with 401; one that throws
 * is answered with 500, one that is too slow with 504, an {@link io.neurolink.engine.spi.AuthUnavailableException} with 503, and all of
 * them refuse the connection.
 *
 * @param strategy            name of the strategy: none, bearer, apiKey, basic, mtls or custom
 * @param authenticator       decides, with all of this configuration worked in
 * @param timeout             time for a decision; then the upgrade is answered with 504; default 5 s
 * @param firstMessageTimeout time within which a connection that brought no credential must authenticate by a message, else it is closed
 *                            with 4401; zero (the default) = such a connection is refused with 401
 */
public record AuthConfig(String strategy, Authenticator authenticator, Duration timeout, Duration firstMessageTimeout) {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    /** Checks the values. */
    public AuthConfig {
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(authenticator, "authenticator");
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be more than zero: " + timeout);
        }
        if (firstMessageTimeout.isNegative()) {
            throw new IllegalArgumentException("firstMessageTimeout must not be negative: " + firstMessageTimeout);
        }
    }

    /** {@return everybody may connect, anonymously} */
    public static AuthConfig none() {
        return new AuthConfig("none", (request, credential) -> CompletableFuture.completedFuture(AuthDecision.anonymous()),
                DEFAULT_TIMEOUT, Duration.ZERO);
    }

    /**
     * Bearer tokens: {@code Authorization: Bearer …}, {@code ?token=…}, or the subprotocol {@code bearer.<base64url token>}.
     *
     * @param validator gives the user a token belongs to, or null.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder bearer(Function<String, AuthenticatedUser> validator) {
        return bearerAsync(blocking(validator));
    }

    /**
     * As {@link #bearer}, for validators that do not block.
     *
     * @param validator completes with the user a token belongs to, or with null.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder bearerAsync(Function<String, CompletionStage<AuthenticatedUser>> validator) {
        Objects.requireNonNull(validator, "validator");
        return new Builder("bearer", "Authorization", "token",
                builder -> TokenAuthenticator.bearer(builder.sources("Bearer", "bearer."), validator, builder.required));
    }

    /**
     * As {@link #bearer}, for a fixed set of tokens, which are compared in constant time and kept as digests. For those of a file see
     * {@link io.neurolink.engine.auth.CredentialsFile#tokens}.
     *
     * @param users who each token belongs to; instead of a token its {@link io.neurolink.engine.auth.TokenHash} may be given.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder bearerTokens(Map<String, AuthenticatedUser> users) {
        return bearerAsync(new StaticTokens(users));
    }

    /**
     * API keys: {@code X-API-Key: …} or {@code ?apiKey=…}.
     *
     * @param validator gives the user a key belongs to, or null.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder apiKey(Function<String, AuthenticatedUser> validator) {
        return apiKeyAsync(blocking(validator));
    }

    /**
     * As {@link #apiKey}, for validators that do not block.
     *
     * @param validator completes with the user a key belongs to, or with null.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder apiKeyAsync(Function<String, CompletionStage<AuthenticatedUser>> validator) {
        Objects.requireNonNull(validator, "validator");
        return new Builder("apiKey", "X-API-Key", "apiKey",
                builder -> TokenAuthenticator.apiKey(builder.sources("ApiKey", null), validator, builder.required));
    }

    /**
     * As {@link #apiKey}, for a fixed set of keys, which are compared in constant time and kept as digests.
     *
     * @param users who each key belongs to; instead of a key its {@link io.neurolink.engine.auth.TokenHash} may be given.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder apiKeys(Map<String, AuthenticatedUser> users) {
        return apiKeyAsync(new StaticTokens(users));
    }

    /**
     * User name and password in {@code Authorization: Basic …}.
     *
     * @param validator gives the user a name and a password belong to, or null.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder basic(BiFunction<String, String, AuthenticatedUser> validator) {
        Objects.requireNonNull(validator, "validator");
        return basicAsync((name, password) -> CompletableFuture.completedFuture(validator.apply(name, password)));
    }

    /**
     * As {@link #basic}, for validators that do not block.
     *
     * @param validator completes with the user a name and a password belong to, or with null.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder basicAsync(BiFunction<String, String, CompletionStage<AuthenticatedUser>> validator) {
        Objects.requireNonNull(validator, "validator");
        return new Builder("basic", null, null, builder -> new BasicAuthenticator(validator, builder.required));
    }

    /**
     * As {@link #basic}, for a fixed set of users, whose passwords are compared in constant time and kept as digests. Hashed ones are
     * compared on few threads of their own, and a wrong one takes as long as one of an unknown user. For users of a file see
     * {@link io.neurolink.engine.auth.CredentialsFile#users}.
     *
     * @param passwords the password of each user, or its {@link io.neurolink.engine.auth.PasswordHash}, by the name to log in with, which
     *                  has no colon.
     * @param users     gives the user of a name; asked once for each name, here.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder basicUsers(Map<String, String> passwords, Function<String, AuthenticatedUser> users) {
        List<StaticUsers.Login> logins = new ArrayList<>();
        passwords.forEach((name, password) -> logins.add(new StaticUsers.Login(name, password, users.apply(name))));
        return basicAsync(new StaticUsers(logins));
    }

    /**
     * The certificate that a client showed in the TLS handshake, see {@link TlsConfig#clientCertificates}. A connection is closed with 4403
     * when the certificate runs out.
     *
     * @param mapper gives the user of a client's own certificate, or null if it is nobody's.
     * @return a builder with the defaults of this strategy.
     */
    public static Builder clientCertificate(Function<X509Certificate, AuthenticatedUser> mapper) {
        Objects.requireNonNull(mapper, "mapper");
        return new Builder("mtls", null, null, builder -> new CertificateAuthenticator(mapper, builder.required));
    }

    /**
     * A decision of one's own, with roles and permissions still checked here.
     *
     * @param authenticator decides.
     * @return a builder; where credentials are found, and whether one is required, is the authenticator's own affair.
     */
    public static Builder custom(Authenticator authenticator) {
        Objects.requireNonNull(authenticator, "authenticator");
        return new Builder("custom", null, null, builder -> authenticator);
    }

    private static Function<String, CompletionStage<AuthenticatedUser>> blocking(Function<String, AuthenticatedUser> validator) {
        Objects.requireNonNull(validator, "validator");
        return credential -> CompletableFuture.completedFuture(validator.apply(credential));
    }

    /** Collects the values and checks them. Not safe for use by several threads. */
    public static final class Builder {
        private final String strategy;
        private final boolean isToken;
        private final Function<Builder, Authenticator> factory;
        private boolean required = true;
        private String headerName;
        private String queryParam;
        private String cookieName;
        private Set<String> roles = Set.of();
        private Set<String> permissions = Set.of();
        private Duration timeout = DEFAULT_TIMEOUT;
        private Duration firstMessageTimeout = Duration.ZERO;

        private Builder(String strategy, String headerName, String queryParam, Function<Builder, Authenticator> factory) {
            this.strategy = strategy;
            this.headerName = headerName;
            this.queryParam = queryParam;
            this.isToken = headerName != null;
            this.factory = factory;
        }

        private CredentialSources sources(String scheme, String subprotocolPrefix) {
            return new CredentialSources(scheme, headerName, queryParam, cookieName, subprotocolPrefix);
        }

        /**
         * Says whether a credential is required.
         *
         * @param value whether a connection without a credential is refused (the default) or anonymous; a wrong credential is always
         *     refused.
         * @return this.
         */
        public Builder required(boolean value) {
            required = value;
            return this;
        }

        /**
         * Sets the header name.
         *
         * @param value name of the header that carries the token or key; null = none. In {@code Authorization} it follows its scheme,
         *     {@code Bearer} or {@code ApiKey}; in other headers the scheme may be left out.
         * @return this.
         */
        public Builder headerName(String value) {
            requireToken("headerName");
            headerName = value;
            return this;
        }

        /**
         * Sets the query parameter.
         *
         * @param value name of the query parameter that carries the token or key; null = none. Addresses end up in the logs of
         *     intermediaries: clients that can should use another place.
         * @return this.
         */
        public Builder queryParam(String value) {
            requireToken("queryParam");
            queryParam = value;
            return this;
        }

        /**
         * Sets the cookie name.
         *
         * @param value name of the cookie that carries the token or key; null (the default) = none. Browsers send cookies from pages of
         *              any
         *     origin: keep {@link WebSocketConfig#allowedOrigins()} narrow.
         * @return this.
         */
        public Builder cookieName(String value) {
            requireToken("cookieName");
            cookieName = value;
            return this;
        }

        private void requireToken(String option) {
            if (!isToken) {
                throw new IllegalStateException(option + " does not apply to the strategy " + strategy);
            }
        }

        /**
         * Sets the roles.
         *
         * @param values roles of which a user needs any one; none = no rule.
         * @return this.
         */
        public Builder roles(String... values) {
            roles = Set.of(values);
            return this;
        }

        /**
         * Sets the permissions.
         *
         * @param values permissions of which a user needs all; none = no rule.
         * @return this.
         */
        public Builder permissions(String... values) {
            permissions = Set.of(values);
            return this;
        }

        /**
         * Sets the timeout.
         *
         * @param value time for a decision, more than zero.
         * @return this.
         */
        public Builder timeout(Duration value) {
            timeout = value;
            return this;
        }

        /**
         * Sets the first message timeout.
         *
         * @param value time for a connection without a credential to authenticate by its first message; zero = it is refused at the
         *     upgrade.
         * @return this.
         */
        public Builder firstMessageTimeout(Duration value) {
            firstMessageTimeout = value;
            return this;
        }

        /**
         * {@return the checked configuration}
         *
         * @throws IllegalArgumentException if a value is out of range; the message names it.
         */
        public AuthConfig build() {
            Authenticator authenticator = new AccessRules(roles, permissions).applyTo(factory.apply(this));
            return new AuthConfig(strategy, authenticator, timeout, firstMessageTimeout);
        }
    }
}
