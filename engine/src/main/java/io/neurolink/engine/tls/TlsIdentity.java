package io.neurolink.engine.tls;

import java.io.IOException;
import java.net.IDN;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A private key, the certificate of its public key, and what certifies that.
 *
 * @param chain certificates, the server's own first
 * @param key   the private key of the first certificate
 * @param names DNS names of the first certificate in lower case, some with {@code *} for their first label
 */
record TlsIdentity(List<X509Certificate> chain, PrivateKey key, List<String> names) {
    private static final int DNS_NAME = 2;
    private static final byte[] SAMPLE = {1, 2, 3};

    /** @throws IOException if the files do not belong together, or cannot be used; the message names the file. */
    static TlsIdentity of(PemFile chainFile, PemFile keyFile) throws IOException {
        List<X509Certificate> chain = chainFile.certificates();
        PrivateKey key = keyFile.privateKey();
        requirePair(chain.get(0).getPublicKey(), key, keyFile.path(), chainFile.path());
        return new TlsIdentity(chain, key, names(chainFile.path(), chain.get(0)));
    }

    private static void requirePair(PublicKey publicKey, PrivateKey key, Path keyPath, Path chainPath) throws IOException {
        try {
            if (isSameKind(publicKey, key)) {
                Signature signature = Signature.getInstance(signatureAlgorithm(key));
                signature.initSign(key);
                signature.update(SAMPLE);
                byte[] signed = signature.sign();
                signature.initVerify(publicKey);
                signature.update(SAMPLE);
                if (signature.verify(signed)) {
                    return;
                }
            }
        } catch (GeneralSecurityException e) {
            throw PemFile.problem(keyPath, "holds a private key that cannot be used with " + chainPath + ": " + e.getMessage(), e);
        }
        throw PemFile.problem(keyPath, "does not hold the private key of the first certificate in " + chainPath, null);
    }

    private static boolean isSameKind(PublicKey publicKey, PrivateKey key) {
        return publicKey.getAlgorithm().equals(key.getAlgorithm());
    }

    private static String signatureAlgorithm(PrivateKey key) throws GeneralSecurityException {
        return switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
            default -> throw new GeneralSecurityException("keys of the kind " + key.getAlgorithm() + " are not supported");
        };
    }

    private static List<String> names(Path path, X509Certificate certificate) throws IOException {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            List<String> names = new ArrayList<>();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                if ((Integer) alternative.get(0) == DNS_NAME) {
                    names.add(((String) alternative.get(1)).toLowerCase(Locale.ROOT));
                }
            }
            return names;
        } catch (CertificateParsingException e) {
            throw PemFile.problem(path, "holds a certificate with broken names: " + e.getMessage(), e);
        }
    }

    /** Whether the certificate is for this host (RFC 6125 section 6.4): the same name, or a wildcard for its first label. */
    boolean isFor(String host) {
        String name = ascii(host);
        int dot = name.indexOf('.');
        return names.contains(name) || dot > 0 && names.contains("*" + name.substring(dot));
    }

    private static String ascii(String host) {
        try {
            return IDN.toASCII(host).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException noName) {
            return host.toLowerCase(Locale.ROOT);
        }
    }
}
