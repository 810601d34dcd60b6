package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.UpgradeRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/**
 * User name and password in {@code Authorization: Basic} (RFC 7617, in UTF-8). In a message the credential is {@code user:password} as it
 * is.
 */
public final class BasicAuthenticator implements Authenticator {
    private static final String SCHEME = "Basic ";
    private static final String CHALLENGE = "Basic realm=\"" + TokenAuthenticator.REALM + "\", charset=\"UTF-8\"";

    private final BiFunction<String, String, CompletionStage<AuthenticatedUser>> validator;
    private final boolean isRequired;

    /**
     * Creates it.
     *
     * @param validator  given user name and password, completes with the user, or with null if they are wrong; what it throws is the
     *                   engine's to report.
     * @param isRequired whether a connection without credentials is refused; otherwise it is anonymous.
     */
    public BasicAuthenticator(BiFunction<String, String, CompletionStage<AuthenticatedUser>> validator, boolean isRequired) {
        this.validator = Objects.requireNonNull(validator, "validator");
        this.isRequired = isRequired;
    }

    @Override
    public CompletionStage<AuthDecision> authenticate(UpgradeRequest request, String credential) {
        if (credential != null) {
            return validate(credential);
        }
        List<String> values = request.headers("Authorization");
        if (values.size() > 1) {
            return rejected("The header Authorization must not be sent more than once");
        }
        boolean isBasic = values.size() == 1 && values.get(0).regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        if (isBasic) {
            String decoded = decode(values.get(0).substring(SCHEME.length()).strip());
            return decoded == null ? rejected("The header Authorization must be user:password in UTF-8 and base64") : validate(decoded);
        }
        return CompletableFuture.completedFuture(isRequired
                ? AuthDecision.missing(CHALLENGE, "Authentication required: user and password in the header Authorization (Basic)")
                : AuthDecision.anonymous());
    }

    private static String decode(String base64) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Base64.getDecoder().decode(base64))).toString();
        } catch (IllegalArgumentException | CharacterCodingException notText) {
            return null;
        }
    }

    private CompletionStage<AuthDecision> validate(String userAndPassword) {
        int colon = userAndPassword.indexOf(':');
        if (colon < 0 || userAndPassword.chars().anyMatch(Character::isISOControl)) {
            return rejected("The credential must be user:password");
        }
        return validator.apply(userAndPassword.substring(0, colon), userAndPassword.substring(colon + 1)).thenApply(user -> user == null
                ? AuthDecision.rejected(CHALLENGE, "User or password is not valid")
                : AuthDecision.accepted(user));
    }

    private static CompletionStage<AuthDecision> rejected(String message) {
        return CompletableFuture.completedFuture(AuthDecision.rejected(CHALLENGE, message));
    }

    /** No credential. */
    @Override
    public String toString() {
        return "BasicAuthenticator[" + (isRequired ? "required]" : "optional]");
    }
}
