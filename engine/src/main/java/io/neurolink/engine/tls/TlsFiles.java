package io.neurolink.engine.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * The PEM files of a server, or of a client.
 *
 * @param pairs   certificates with their keys; the first is for clients that ask for no name, or for an unknown one; a client has one or
 *                none
 * @param trusted certificates whose holders may sign the peer's certificate; null if clients need none, or if a client trusts whom the JDK
 *                trusts
 */
public record TlsFiles(List<Pair> pairs, Path trusted) {
    /**
     * @param chain certificates, the server's own first
     * @param key   its private key
     */
    public record Pair(Path chain, Path key) {
    }

    /** What the files held at one moment: {@code contents} are those of all files in order. */
    record Loaded(SSLContext context, List<byte[]> contents) {
        boolean isSame(List<PemFile> files) {
            boolean isSame = files.size() == contents.size();
            for (int i = 0; i < files.size() && isSame; i++) {
                isSame = Arrays.equals(files.get(i).content(), contents.get(i));
            }
            return isSame;
        }
    }

    List<PemFile> read() throws IOException {
        List<PemFile> files = new ArrayList<>();
        for (Pair pair : pairs) {
            files.add(PemFile.read(pair.chain));
            files.add(PemFile.read(pair.key));
        }
        if (trusted != null) {
            files.add(PemFile.read(trusted));
        }
        return files;
    }

    /** @throws IOException if a file cannot be used; the message names it. */
    Loaded load(List<PemFile> files) throws IOException {
        List<TlsIdentity> identities = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            identities.add(TlsIdentity.of(files.get(2 * i), files.get(2 * i + 1)));
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManager[] trust = trustManagers(trusted == null ? List.of() : files.get(files.size() - 1).certificates());
            context.init(new KeyManager[] {new SniKeyManager(identities)}, trust, null);
            return new Loaded(context, files.stream().map(PemFile::content).toList());
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the files once, for a client.
     *
     * @return a context for the client's end.
     * @throws IOException if a file cannot be used; the message names it.
     */
    public SSLContext clientContext() throws IOException {
        List<PemFile> files = read();
        try {
            KeyManager[] keys = pairs.isEmpty() ? new KeyManager[0]
                    : new KeyManager[] {new SniKeyManager(List.of(TlsIdentity.of(files.get(0), files.get(1))))};
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trusted == null ? null : trustManagers(files.get(files.size() - 1).certificates()), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /** Nobody is trusted unless the file says so: the JDK's default would be every public authority. */
    private static TrustManager[] trustManagers(List<X509Certificate> certificates) throws GeneralSecurityException, IOException {
        if (certificates.isEmpty()) {
            return new TrustManager[0];
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < certificates.size(); i++) {
            store.setCertificateEntry("trusted-" + i, certificates.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
