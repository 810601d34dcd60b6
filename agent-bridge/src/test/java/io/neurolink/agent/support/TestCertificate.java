package io.neurolink.agent.support;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A self-signed certificate for localhost that the JDK's keytool has made.
 *
 * @param chain           PEM file with the certificate
 * @param key             PEM file with its private key
 * @param trustingContext of a client that trusts it
 * @param trust           in it
 */
public record TestCertificate(Path chain, Path key, SSLContext trustingContext, TrustManagerFactory trust) {
    private static final String PASSWORD = "password";

    public static TestCertificate make(Path folder) throws Exception {
        return make(folder, "localhost", "dns:localhost");
    }

    public static TestCertificate make(Path folder, String commonName, String alternativeNames) throws Exception {
        Path file = folder.resolve("store.p12");
        keytool("-genkeypair", "-alias", "one", "-keyalg", "EC", "-dname", "CN=" + commonName, "-ext", "san=" + alternativeNames,
                "-validity", "30", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass", PASSWORD);
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        Path chain = write(folder.resolve("chain.pem"), "CERTIFICATE", store.getCertificate("one").getEncoded());
        Path key = write(folder.resolve("key.pem"), "PRIVATE KEY", store.getKey("one", PASSWORD.toCharArray()).getEncoded());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("one", store.getCertificate("one"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return new TestCertificate(chain, key, context, trust);
    }

    /**
     * @param trusted certificate of the server.
     * @return context of a client that trusts the server and shows this certificate.
     */
    public SSLContext showingContext(TestCertificate trusted) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(chain.resolveSibling("store.p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.trust.getTrustManagers(), null);
        return context;
    }

    private static void keytool(String... options) throws IOException, InterruptedException {
        var command = new java.util.ArrayList<>(java.util.List.of(options));
        command.add(0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("keytool: " + said);
        }
    }

    private static Path write(Path file, String label, byte[] bytes) throws IOException {
        return Files.writeString(file, "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + label + "-----\n");
    }
}
