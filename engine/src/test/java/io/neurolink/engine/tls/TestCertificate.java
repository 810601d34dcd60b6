package io.neurolink.engine.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A self-signed certificate that the JDK's keytool has made, once per process and name.
 *
 * @param chain       PEM file with the certificate
 * @param key         PEM file with its private key, PKCS#8
 * @param certificate the certificate
 * @param privateKey  its private key
 */
public record TestCertificate(Path chain, Path key, Certificate certificate, PrivateKey privateKey) {
    private static final char[] PASSWORD = "password".toCharArray();
    private static final Map<String, TestCertificate> ALL = new ConcurrentHashMap<>();

    /** For localhost, with a key of the kind that most servers have. */
    public static TestCertificate localhost() {
        return of("localhost", "EC", "dns:localhost,ip:127.0.0.1");
    }

    public static TestCertificate of(String name, String keyAlgorithm, String alternativeNames) {
        return ALL.computeIfAbsent(name + keyAlgorithm, key -> generate(name, keyAlgorithm, alternativeNames));
    }

    private static TestCertificate generate(String name, String keyAlgorithm, String alternativeNames) {
        try {
            Path folder = Files.createTempDirectory("neurolink-tls");
            Path store = folder.resolve("store.p12");
            keytool(List.of("-genkeypair", "-alias", "one", "-keyalg", keyAlgorithm, "-dname", "CN=" + name, "-ext",
                    "san=" + alternativeNames, "-validity", "30", "-storetype", "PKCS12", "-keystore", store.toString(),
                    "-storepass", new String(PASSWORD)));
            TestCertificate made = read(folder, store);
            Files.delete(store);
            for (Path file : List.of(made.chain, made.key, folder)) {
                file.toFile().deleteOnExit();
            }
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void keytool(List<String> options) throws IOException {
        List<String> command = new ArrayList<>(options);
        command.add(0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool: " + said);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TestCertificate read(Path folder, Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        Certificate certificate = store.getCertificate("one");
        PrivateKey key = (PrivateKey) store.getKey("one", PASSWORD);
        return new TestCertificate(
                Files.writeString(folder.resolve("chain.pem"), pem("CERTIFICATE", certificate.getEncoded())),
                Files.writeString(folder.resolve("key.pem"), pem("PRIVATE KEY", key.getEncoded())), certificate, key);
    }

    public static String pem(String label, byte[] bytes) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END " + label + "-----\n";
    }

    /** A context that shows this certificate, and trusts one or nobody. */
    public SSLContext context(TestCertificate trusted) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("one", privateKey, PASSWORD, new Certificate[] {certificate});
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trusted == null ? null : trusted.trust().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client's context that trusts this certificate and shows none. */
    public SSLContext trustingContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private TrustManagerFactory trust() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("trusted", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        return trust;
    }
}
