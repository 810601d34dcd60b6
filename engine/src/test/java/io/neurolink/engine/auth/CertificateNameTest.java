package io.neurolink.engine.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.neurolink.engine.tls.TestCertificate;
import java.security.cert.X509Certificate;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CertificateNameTest {
    @Test
    void shouldReadEveryKindOfName() {
        var certificate = (X509Certificate) TestCertificate.of("ann, OU=ops", "EC",
                "dns:ann.example,email:ann@example.com,uri:spiffe://example/ann,dns:second.example").certificate();
        assertEquals("OU=ops,CN=ann", CertificateName.SUBJECT.apply(certificate).replace("CN=ann,OU=ops", "OU=ops,CN=ann"));
        assertEquals("ann", CertificateName.SUBJECT_CN.apply(certificate));
        assertEquals("ann.example", CertificateName.SAN_DNS.apply(certificate));
        assertEquals("ann@example.com", CertificateName.SAN_EMAIL.apply(certificate));
        assertEquals("spiffe://example/ann", CertificateName.SAN_URI.apply(certificate));
    }

    @Test
    void shouldFindNoNameWhereThereIsNone() {
        var certificate = (X509Certificate) TestCertificate.of("plain", "EC", "ip:127.0.0.1").certificate();
        assertNull(CertificateName.SAN_DNS.apply(certificate));
        assertNull(CertificateName.SAN_EMAIL.apply(certificate));
        assertNull(CertificateName.SAN_URI.apply(certificate));
    }

    /** A name must not be hidden in another attribute's value. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "CN=ann | ann",
        "CN=ann,O=Example | ann",
        "O=Example,CN=ann | ann",
        "OU=x+CN=ann,O=e | ann",
        "O=\"x,CN=eve\",CN=ann | ann",
        "O=x\\,CN\\=eve,CN=ann | ann",
        "O=x\\\\,CN=ann | ann",
        "CN=\"Lovelace, Ada \\\"A\\\"\" | Lovelace, Ada \"A\"",
        "CN=#04020102 | ",
        "O=Example | "})
    void shouldFindTheCommonName(String subject, String name) {
        assertEquals(name, CertificateName.commonName(new X500Principal(subject).getName(X500Principal.RFC2253)));
    }

    @Test
    void shouldFindNoCommonNameInNothing() {
        assertNull(CertificateName.commonName(""));
    }
}
