package io.neurolink.perf.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for the loopback address that lives as long as the run.
 *
 * @param folder  holds the files
 * @param chain   PEM file with the certificate
 * @param key     PEM file with its key
 * @param trust   a client's context that trusts it
 */
public record Certificate(Path folder, Path chain, Path key, SSLContext trust) implements AutoCloseable {
    private static final String PASSWORD = "password";

    /** Has the JDK's keytool make one. */
    public static Certificate make() throws IOException, GeneralSecurityException {
        Path folder = Files.createTempDirectory("neurolink-attack");
        Path store = folder.resolve("store.p12");
        keytool(store);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        Files.delete(store);
        return new Certificate(folder,
                pem(folder.resolve("chain.pem"), "CERTIFICATE", keys.getCertificate("one").getEncoded()),
                pem(folder.resolve("key.pem"), "PRIVATE KEY", keys.getKey("one", PASSWORD.toCharArray()).getEncoded()),
                trust(keys.getCertificate("one")));
    }

    private static void keytool(Path store) throws IOException {
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process process = new ProcessBuilder(List.of(keytool, "-genkeypair", "-alias", "one", "-keyalg", "EC", "-dname", "CN=localhost",
                "-ext", "san=dns:localhost,ip:127.0.0.1", "-validity", "30", "-storetype", "PKCS12", "-keystore", store.toString(),
                "-storepass", PASSWORD)).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static Path pem(Path file, String label, byte[] bytes) throws IOException {
        return Files.writeString(file, "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END " + label + "-----\n");
    }

    /**
     * Reads a certificate that was made elsewhere.
     *
     * @param chain its PEM file.
     * @return a client's context that trusts it.
     */
    public static SSLContext trust(Path chain) throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(chain)) {
            return trust(CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
    }

    private static SSLContext trust(java.security.cert.Certificate certificate) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("one", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @Override
    public void close() throws IOException {
        for (Path file : List.of(chain, key, folder)) {
            Files.deleteIfExists(file);
        }
    }
}
