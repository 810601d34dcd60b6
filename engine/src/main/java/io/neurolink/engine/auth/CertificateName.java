package io.neurolink.engine.auth;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import javax.security.auth.x500.X500Principal;

/** Which name in a client's certificate says who the user is. Where there are several of a kind, the first. */
public enum CertificateName implements Function<X509Certificate, String> {
    /** The whole subject, as RFC 2253 writes it: {@code CN=ann,OU=ops,O=Example}. */
    SUBJECT,
    /** The common name in the subject. */
    SUBJECT_CN,
    /** A DNS name among the subject's alternative names (RFC 5280, section 4.2.1.6). */
    SAN_DNS(2),
    /** An e-mail address, the same. */
    SAN_EMAIL(1),
    /** A URI, the same: where SPIFFE has its ids. */
    SAN_URI(6);

    private static final String CN = "CN=";

    private final int sanType;

    CertificateName() {
        this(-1);
    }

    CertificateName(int sanType) {
        this.sanType = sanType;
    }

    /**
     * @param certificate a certificate.
     * @return the name, or null if the certificate has none of this kind, or it is blank.
     */
    @Override
    public String apply(X509Certificate certificate) {
        String subject = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
        String name = switch (this) {
            case SUBJECT -> subject;
            case SUBJECT_CN -> commonName(subject);
            default -> alternative(certificate);
        };
        return name == null || name.isBlank() ? null : name;
    }

    private String alternative(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                if (name.get(0).equals(sanType)) {
                    return (String) name.get(1);
                }
            }
            return null;
        } catch (CertificateParsingException e) {
            return null;
        }
    }

    /** RFC 2253: attributes are separated by commas, or by plus signs where they belong together, unless a backslash is before these. */
    static String commonName(String subject) {
        int start = 0;
        for (int i = 0; i <= subject.length(); i++) {
            boolean isEnd = i == subject.length() || subject.charAt(i) == ',' || subject.charAt(i) == '+';
            if (isEnd && subject.startsWith(CN, start)) {
                return unescaped(subject.substring(start + CN.length(), i));
            } else if (isEnd) {
                start = i + 1;
            } else if (subject.charAt(i) == '\\') {
                i++;
            }
        }
        return null;
    }

    /** A value that is no text is written as # and its bytes, and names nobody. */
    private static String unescaped(String value) {
        if (value.startsWith("#")) {
            return null;
        }
        var text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean isEscape = c == '\\' && i + 1 < value.length();
            text.append(isEscape ? value.charAt(++i) : c);
        }
        return text.toString();
    }
}
