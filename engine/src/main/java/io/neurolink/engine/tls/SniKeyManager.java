package io.neurolink.engine.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Chooses among several certificates by the host name the client asks for (RFC 6066 section 3), and by the kind of key it can verify. The
 * first of the right kind is for clients that ask for none, or for one that nobody has. An alias is an index in decimal.
 */
final class SniKeyManager extends X509ExtendedKeyManager {
    private final List<TlsIdentity> identities;

    SniKeyManager(List<TlsIdentity> identities) {
        this.identities = List.copyOf(identities);
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return chooseAlias(keyType, requestedHost(engine == null ? null : engine.getHandshakeSession()));
    }

    /** A client has one identity at most, and shows it if the server can use its kind of key. */
    @Override
    public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        return Arrays.stream(keyTypes).map(keyType -> chooseAlias(keyType, null)).filter(Objects::nonNull).findFirst().orElse(null);
    }

    private static String requestedHost(SSLSession session) {
        if (session instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    /** A certificate of the wrong kind but with the right name is not this method's affair: the JDK asks for every kind in turn. */
    String chooseAlias(String keyType, String host) {
        String first = null;
        boolean isNameKnown = host != null && identities.stream().anyMatch(identity -> identity.isFor(host));
        for (int i = 0; i < identities.size() && first == null; i++) {
            TlsIdentity identity = identities.get(i);
            if (isOfKind(identity, keyType) && (!isNameKnown || identity.isFor(host))) {
                first = Integer.toString(i);
            }
        }
        return first;
    }

    private static boolean isOfKind(TlsIdentity identity, String keyType) {
        String algorithm = identity.key().getAlgorithm();
        return keyType.equals(algorithm) || keyType.startsWith(algorithm + "_")
                || algorithm.equals("EdDSA") && (keyType.equals("Ed25519") || keyType.equals("Ed448"));
    }

    private TlsIdentity identity(String alias) {
        return identities.get(Integer.parseInt(alias));
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return identity(alias).chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identity(alias).key();
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        String alias = chooseAlias(keyType, null);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return chooseAlias(keyType, null);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return null;
    }
}
