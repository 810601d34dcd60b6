package io.neurolink.engine.auth;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.UpgradeRequest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The certificate with which a client has authenticated itself in the TLS handshake (mutual TLS). Whom the server trusts has been checked
 * by then; here the certificate becomes a user. A connection lives no longer than the certificate is valid.
 */
public final class CertificateAuthenticator implements Authenticator {
    private final Function<X509Certificate, AuthenticatedUser> mapper;
    private final boolean isRequired;

    /**
     * Creates it.
     *
     * @param mapper     gives the user of a client's own certificate, or null if it is nobody's; what it throws is the engine's to report.
     * @param isRequired whether a connection without a certificate is refused; otherwise it is anonymous.
     */
    public CertificateAuthenticator(Function<X509Certificate, AuthenticatedUser> mapper, boolean isRequired) {
        this.mapper = Objects.requireNonNull(mapper, "mapper");
        this.isRequired = isRequired;
    }

    /** There is no challenge of HTTP that asks for a certificate, so what is wrong is answered with 403 and not with 401. */
    @Override
    public CompletionStage<AuthDecision> authenticate(UpgradeRequest request, String credential) {
        List<X509Certificate> chain = request.clientCertificates();
        return CompletableFuture.completedFuture(credential != null
                ? AuthDecision.rejected(null, "A client certificate cannot be replaced by a message")
                : chain.isEmpty() ? withoutCertificate() : decide(chain.get(0)));
    }

    private AuthDecision withoutCertificate() {
        return isRequired ? AuthDecision.forbidden("A client certificate is required") : AuthDecision.anonymous();
    }

    private AuthDecision decide(X509Certificate certificate) {
        AuthenticatedUser user = mapper.apply(certificate);
        if (user == null) {
            return AuthDecision.forbidden("The client certificate belongs to no user");
        }
        Instant end = certificate.getNotAfter().toInstant();
        boolean endsEarlier = user.expiresAt() != null && user.expiresAt().isBefore(end);
        return AuthDecision.accepted(endsEarlier ? user : user.withExpiresAt(end));
    }

    @Override
    public String toString() {
        return "CertificateAuthenticator[" + (isRequired ? "required]" : "optional]");
    }
}
