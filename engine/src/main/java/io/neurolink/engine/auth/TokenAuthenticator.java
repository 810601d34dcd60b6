package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.UpgradeRequest;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * One secret text that proves who connects: a bearer token or an API key. A credential that is there but wrong is refused also where none
 * is required.
 */
public final class TokenAuthenticator implements Authenticator {
    private final String kind;
    private final CredentialSources sources;
    private final Function<String, CompletionStage<AuthenticatedUser>> validator;
    private final boolean isRequired;
    private final String challenge;
    private final String invalidChallenge;

    private TokenAuthenticator(
            String kind,
            CredentialSources sources,
            Function<String, CompletionStage<AuthenticatedUser>> validator,
            boolean isRequired,
            String invalidSuffix) {
        this.kind = kind;
        this.sources = Objects.requireNonNull(sources, "sources");
        this.validator = Objects.requireNonNull(validator, "validator");
        this.isRequired = isRequired;
        this.challenge = sources.scheme() + " realm=\"" + REALM + "\"";
        this.invalidChallenge = challenge + invalidSuffix;
    }

    static final String REALM = "neurolink";

    /**
     * Bearer tokens (RFC 6750).
     *
     * @param sources    where the token is looked for.
     * @param validator  completes with the user, or with null if the token is not valid; what it throws is the engine's to report.
     * @param isRequired whether a connection without a token is refused; otherwise it is anonymous.
     * @return the authenticator.
     */
    public static TokenAuthenticator bearer(
            CredentialSources sources, Function<String, CompletionStage<AuthenticatedUser>> validator, boolean isRequired) {
        return new TokenAuthenticator("bearer token", sources, validator, isRequired, ", error=\"invalid_token\"");
    }

    /**
     * API keys.
     *
     * @param sources    where the key is looked for.
     * @param validator  completes with the user, or with null if the key is not valid; what it throws is the engine's to report.
     * @param isRequired whether a connection without a key is refused; otherwise it is anonymous.
     * @return the authenticator.
     */
    public static TokenAuthenticator apiKey(
            CredentialSources sources, Function<String, CompletionStage<AuthenticatedUser>> validator, boolean isRequired) {
        return new TokenAuthenticator("API key", sources, validator, isRequired, "");
    }

    @Override
    public CompletionStage<AuthDecision> authenticate(UpgradeRequest request, String credential) {
        if (credential != null) {
            return validate(credential);
        }
        CredentialSources.Lookup lookup = sources.find(request);
        if (lookup.fault() != null) {
            return decided(AuthDecision.rejected(invalidChallenge, "The " + kind + " cannot be read: " + lookup.fault()));
        }
        return lookup.isAbsent() ? decided(withoutCredential()) : validate(lookup.credential());
    }

    private AuthDecision withoutCredential() {
        return isRequired
                ? AuthDecision.missing(challenge, "Authentication required: " + kind + " " + sources.describe())
                : AuthDecision.anonymous();
    }

    private CompletionStage<AuthDecision> validate(String credential) {
        return validator.apply(credential).thenApply(user -> user == null
                ? AuthDecision.rejected(invalidChallenge, "The " + kind + " is not valid")
                : AuthDecision.accepted(user));
    }

    private static CompletionStage<AuthDecision> decided(AuthDecision decision) {
        return CompletableFuture.completedFuture(decision);
    }

    /** What is looked for and where; no credential. */
    @Override
    public String toString() {
        return "TokenAuthenticator[" + kind + " " + sources.describe() + (isRequired ? ", required]" : ", optional]");
    }
}
