package io.neurolink.agent;

import io.neurolink.agent.jwt.JwtTokens;
import io.neurolink.agent.oauth.TokenIntrospection;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.session.UserQuota;
import io.neurolink.agent.spi.ActionRules;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.auth.CredentialsFile;
import io.neurolink.engine.auth.StoredCredential;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Who may connect to the standalone server: checks the options that say so, and makes a configuration of them.
 *
 * @param auth     the configuration
 * @param counters what it counts beside the engine
 */
record AgentServerIdentity(AuthConfig auth, Supplier<Map<String, Long>> counters) {
    private static final String BASIC = "basic";
    private static final String BEARER = "bearer";
    private static final String MTLS = "mtls";
    private static final long MAX_TOKENS = 10_000_000_000L;

    // ------------------------------------------------------------------ what the options mean together

    /** Complains by {@link AgentServerOptions#check(boolean, String, String)}. */
    static void check(AgentServerOptions options) {
        boolean usesTokens = options.auth.equals(BEARER) || options.auth.equals("apiKey");
        boolean isBasic = options.auth.equals(BASIC);
        boolean hasFile = options.identity.credentialsFile != null;
        options.check(usesTokens || options.tokens.isEmpty(), "--token", "needs --auth bearer or --auth apiKey");
        options.check(isBasic || options.basicUsers.isEmpty(), "--basic-user", "needs --auth basic");
        options.check(usesTokens || isBasic || !hasFile, "--credentials-file", "needs --auth bearer, apiKey or basic");
        checkSources(options, hasFile);
        options.check(usesTokens || options.authHeader == null, "--auth-header", "needs --auth bearer or --auth apiKey");
        options.check(usesTokens || options.authFirstMessageMs == 0, "--auth-first-message", "needs --auth bearer or --auth apiKey");
        options.check(options.isAuthRequired() || options.requiredRoles.isEmpty(), "--require-role", "needs --auth");
        options.check(options.isAuthRequired() || options.requiredPermissions.isEmpty(), "--require-permission", "needs --auth");
        options.check(usesTokens || options.authQuery == null, "--auth-query", "needs --auth bearer or --auth apiKey");
        options.check(options.authHeader == null || options.authHeader.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+"), "--auth-header",
                "must be the name of a header");
        options.check(options.authQuery == null || !options.authQuery.isBlank(), "--auth-query", "must not be empty");
        checkUnique(options, "--token", options.tokens.stream().map(StoredCredential::secret).toList(),
                "is given twice with the same token");
        checkUnique(options, "--basic-user", options.basicUsers.stream().map(StoredCredential::user).toList(),
                "is given twice with the same user");
        checkCertificates(options);
        checkUse(options);
    }

    private static void checkUnique(AgentServerOptions options, String option, List<String> values, String complaint) {
        options.check(new HashSet<>(values).size() == values.size(), option, complaint);
    }

    /** Tokens are known in one way. */
    private static void checkSources(AgentServerOptions options, boolean hasFile) {
        checkJwt(options);
        checkIntrospection(options);
        boolean isOutside = isJwt(options) || isIntrospection(options);
        boolean isListed = !options.tokens.isEmpty() || !options.basicUsers.isEmpty();
        options.check(!isOutside || options.tokens.isEmpty(), "--token", "excludes --jwt-secret, --jwks and --introspection");
        options.check(!hasFile || !isOutside && !isListed, "--credentials-file",
                "excludes --token, --basic-user, --jwt-secret, --jwks and --introspection");
        boolean isKnown = isOutside || isListed || hasFile;
        switch (options.auth) {
            case BEARER -> options.check(isKnown, "--auth",
                    "bearer needs at least one --token, --credentials-file, --jwt-secret, --jwks or --introspection");
            case "apiKey" -> options.check(isKnown, "--auth", "apiKey needs at least one --token, or --credentials-file");
            case BASIC -> options.check(isKnown, "--auth", "basic needs at least one --basic-user, or --credentials-file");
            default -> { }
        }
    }

    private static boolean isJwt(AgentServerOptions options) {
        return options.jwtSecret != null || options.jwks != null;
    }

    private static void checkJwt(AgentServerOptions options) {
        boolean isBearer = options.auth.equals(BEARER);
        options.check(options.jwtSecret == null || isBearer, "--jwt-secret", "needs --auth bearer");
        options.check(options.jwks == null || isBearer, "--jwks", "needs --auth bearer");
        options.check(options.jwtSecret == null || options.jwks == null, "--jwks", "excludes --jwt-secret");
        options.check(isJwt(options) || options.jwtIssuer == null, "--jwt-issuer", "needs --jwt-secret or --jwks");
        options.check(isJwt(options) || options.jwtAudience == null, "--jwt-audience", "needs --jwt-secret or --jwks");
        if (isJwt(options)) {
            try {
                jwtTokens(options);
            } catch (IllegalArgumentException e) {
                options.check(false, options.jwks == null ? "--jwt-secret" : "--jwks",
                        e.getMessage().replaceFirst("^the (secret|JWK set) ", ""));
            }
        }
    }

    private static boolean isIntrospection(AgentServerOptions options) {
        return options.identity.introspection != null;
    }

    private static void checkIntrospection(AgentServerOptions options) {
        AgentServerIdentityOptions own = options.identity;
        boolean isOn = isIntrospection(options);
        options.check(!isOn || options.auth.equals(BEARER), "--introspection", "needs --auth bearer");
        options.check(!isOn || !isJwt(options), "--introspection", "excludes --jwt-secret and --jwks");
        options.check(isOn || own.introspectionClient == null, "--introspection-client", "needs --introspection");
        options.check(isOn || own.introspectionSecretEnv == null, "--introspection-secret-env", "needs --introspection");
        options.check(isOn || own.introspectionSecretFile == null, "--introspection-secret-file", "needs --introspection");
        options.check(isOn || own.introspectionIssuer == null, "--introspection-issuer", "needs --introspection");
        options.check(isOn || own.introspectionAudience == null, "--introspection-audience", "needs --introspection");
        if (isOn) {
            options.check(own.introspectionClient != null && !own.introspectionClient.isBlank(), "--introspection",
                    "needs --introspection-client");
            options.check(own.introspectionSecretEnv == null ^ own.introspectionSecretFile == null, "--introspection",
                    "needs --introspection-secret-env or --introspection-secret-file, one of them");
            try {
                TokenIntrospection.at(own.introspection);
            } catch (IllegalArgumentException e) {
                options.check(false, "--introspection", e.getMessage().replaceFirst("^the introspection endpoint ", ""));
            }
        }
    }

    private static void checkCertificates(AgentServerOptions options) {
        AgentServerIdentityOptions own = options.identity;
        options.check(own.tlsClientCa == null || options.isTls(), "--tls-client-ca", "needs --tls-cert and --tls-key");
        options.check(own.tlsClientCertificates == null || own.tlsClientCa != null, "--tls-client-certificates", "needs --tls-client-ca");
        options.check(!options.auth.equals(MTLS) || own.tlsClientCa != null, "--auth", "mtls needs --tls-client-ca");
    }

    private static void checkUse(AgentServerOptions options) {
        AgentServerIdentityOptions own = options.identity;
        options.check(options.isAuthRequired() || own.rolesFor.isEmpty(), "--require-role-for", "needs --auth");
        options.check(options.isAuthRequired() || own.permissionsFor.isEmpty(), "--require-permission-for", "needs --auth");
        options.checkRange("--user-messages-per-minute", own.userMessagesPerMinute, 0, Integer.MAX_VALUE);
        options.checkRange("--user-runs-per-minute", own.userRunsPerMinute, 0, Integer.MAX_VALUE);
        options.checkRange("--user-concurrent-runs", own.userConcurrentRuns, 1, Integer.MAX_VALUE);
        options.check(own.userTokensPerMinute >= 0 && own.userTokensPerMinute <= MAX_TOKENS, "--user-tokens-per-minute",
                "must be 0 to " + MAX_TOKENS + ", not " + own.userTokensPerMinute);
    }

    // ------------------------------------------------------------------ the configuration

    /**
     * @param options checked options.
     * @param builder is told what users may do, and how much.
     * @return the builder.
     */
    static AgentHandlerConfig.Builder limit(AgentServerOptions options, AgentHandlerConfig.Builder builder) {
        AgentServerIdentityOptions own = options.identity;
        ActionRules.Builder rules = ActionRules.builder();
        own.rolesFor.forEach(need -> rules.role(need.action(), need.need()));
        own.permissionsFor.forEach(need -> rules.permission(need.action(), need.need()));
        if (!own.rolesFor.isEmpty() || !own.permissionsFor.isEmpty()) {
            builder.authorizer(rules.build());
        }
        UserQuota quota = new UserQuota(own.userMessagesPerMinute, own.userRunsPerMinute, own.userTokensPerMinute, 0);
        return (quota.equals(UserQuota.NONE) ? builder : builder.userQuota(quota)).maxRunsPerUser(own.userConcurrentRuns);
    }

    /**
     * @param options     checked options.
     * @param environment where a secret may be.
     * @return who may connect.
     * @throws BadOptionException if a secret is not where it should be, or a file of credentials cannot be used.
     */
    static AgentServerIdentity of(AgentServerOptions options, Map<String, String> environment) throws BadOptionException {
        if (!options.isAuthRequired()) {
            return new AgentServerIdentity(AuthConfig.none(), Map::of);
        }
        if (isIntrospection(options)) {
            TokenIntrospection tokens = introspection(options.identity, environment);
            return new AgentServerIdentity(complete(options, AuthConfig.bearerAsync(tokens)), tokens::counters);
        }
        return new AgentServerIdentity(complete(options, strategy(options)), Map::of);
    }

    private static AuthConfig complete(AgentServerOptions options, AuthConfig.Builder builder) {
        if (options.authHeader != null) {
            builder.headerName(options.authHeader);
        }
        if (options.authQuery != null) {
            builder.queryParam(options.authQuery);
        }
        return builder
                .required(true)
                .roles(options.requiredRoles.toArray(String[]::new))
                .permissions(options.requiredPermissions.toArray(String[]::new))
                .firstMessageTimeout(Duration.ofMillis(options.authFirstMessageMs))
                .build();
    }

    private static AuthConfig.Builder strategy(AgentServerOptions options) throws BadOptionException {
        Path file = options.identity.credentialsFile;
        try {
            return switch (options.auth) {
                case BEARER -> file != null ? AuthConfig.bearerAsync(CredentialsFile.tokens(file))
                        : isJwt(options) ? AuthConfig.bearer(jwtTokens(options)) : AuthConfig.bearerTokens(usersByToken(options.tokens));
                case "apiKey" -> file != null ? AuthConfig.apiKeyAsync(CredentialsFile.tokens(file))
                        : AuthConfig.apiKeys(usersByToken(options.tokens));
                case BASIC -> file != null ? AuthConfig.basicAsync(CredentialsFile.users(file)) : basic(options.basicUsers);
                case MTLS -> AuthConfig.clientCertificate(certificate -> {
                    String name = options.identity.mtlsUser.apply(certificate);
                    return name == null ? null : AuthenticatedUser.of(name);
                });
                default -> throw new IllegalArgumentException("no such strategy: " + options.auth);
            };
        } catch (IOException e) {
            throw new BadOptionException("--credentials-file " + e.getMessage());
        }
    }

    private static TokenIntrospection introspection(AgentServerIdentityOptions options, Map<String, String> environment)
            throws BadOptionException {
        return TokenIntrospection.at(options.introspection)
                .client(options.introspectionClient, introspectionSecret(options, environment))
                .issuer(options.introspectionIssuer)
                .audience(options.introspectionAudience)
                .build();
    }

    private static String introspectionSecret(AgentServerIdentityOptions options, Map<String, String> environment)
            throws BadOptionException {
        if (options.introspectionSecretFile == null) {
            String secret = environment.getOrDefault(options.introspectionSecretEnv, "");
            if (secret.isEmpty()) {
                throw new BadOptionException("--introspection-secret-env: there is no variable of that name in the environment");
            }
            return secret;
        }
        try {
            String secret = Files.readString(options.introspectionSecretFile).strip();
            if (secret.isEmpty()) {
                throw new BadOptionException("--introspection-secret-file " + options.introspectionSecretFile + " is empty");
            }
            return secret;
        } catch (IOException e) {
            throw new BadOptionException("--introspection-secret-file " + options.introspectionSecretFile + " cannot be read");
        }
    }

    /** @throws IllegalArgumentException if the secret is too short, or there are no keys at the place named. */
    private static JwtTokens jwtTokens(AgentServerOptions options) {
        JwtTokens.Builder builder = options.jwks == null ? JwtTokens.withSecret(options.jwtSecret) : jwksBuilder(options.jwks);
        return builder.issuer(options.jwtIssuer).audience(options.jwtAudience).build();
    }

    private static JwtTokens.Builder jwksBuilder(String jwks) {
        if (jwks.matches("[A-Za-z][A-Za-z0-9+.-]+://.*")) {
            return JwtTokens.withKeys(URI.create(jwks));
        }
        Path file = Path.of(jwks);
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("cannot be read: " + jwks);
        }
        return JwtTokens.withKeys(file);
    }

    private static Map<String, AuthenticatedUser> usersByToken(List<StoredCredential> tokens) {
        var users = new LinkedHashMap<String, AuthenticatedUser>();
        tokens.forEach(token -> users.put(token.secret(), token.authenticated()));
        return users;
    }

    private static AuthConfig.Builder basic(List<StoredCredential> credentials) {
        var passwords = new LinkedHashMap<String, String>();
        var users = new LinkedHashMap<String, AuthenticatedUser>();
        for (StoredCredential credential : credentials) {
            passwords.put(credential.user(), credential.secret());
            users.put(credential.user(), credential.authenticated());
        }
        return AuthConfig.basicUsers(passwords, users::get);
    }
}
