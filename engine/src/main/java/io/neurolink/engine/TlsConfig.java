package io.neurolink.engine;

import io.neurolink.engine.tls.TlsFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * How a server speaks TLS ({@code wss://}, {@code https://}). Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * NeuroLinkServer.builder().port(443).tls(TlsConfig.pem(Path.of("chain.pem"), Path.of("key.pem")))
 * }</pre>
 *
 * Files are read when the server starts, and looked at every two seconds from then on: new connections get what is in them, connections
 * that are there stay. Changed files that cannot be used are counted and logged, and the old ones stay in use.
 */
public final class TlsConfig {
    private static final List<String> KNOWN_PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    private final SSLContext context;
    private final TlsFiles files;
    private final ClientCertificates clientCertificates;
    private final List<String> protocols;
    private final Duration reloadInterval;

    private TlsConfig(
            SSLContext context, TlsFiles files, ClientCertificates clientCertificates, List<String> protocols, Duration reloadInterval) {
        this.context = context;
        this.files = files;
        this.clientCertificates = clientCertificates;
        this.protocols = protocols;
        this.reloadInterval = reloadInterval;
    }

    /**
     * Takes certificate and key from PEM files, as authorities issue them.
     *
     * @param certificateChain the server's certificate, followed by those that certify it.
     * @param key              its private key, not encrypted: PKCS#8 ({@code BEGIN PRIVATE KEY}), PKCS#1 ({@code BEGIN RSA PRIVATE KEY})
     *                         or SEC1 ({@code BEGIN EC PRIVATE KEY}).
     * @return a configuration with TLS 1.2 and 1.3 and without client certificates.
     */
    public static TlsConfig pem(Path certificateChain, Path key) {
        return new TlsConfig(null, new TlsFiles(List.of(pair(certificateChain, key)), null), ClientCertificates.NONE, KNOWN_PROTOCOLS,
                Duration.ofSeconds(2));
    }

    /**
     * Leaves certificates, keys and whom to trust to a context of the application's own.
     *
     * @param context an initialized context with a key manager.
     * @return a configuration with TLS 1.2 and 1.3 and without client certificates.
     */
    public static TlsConfig of(SSLContext context) {
        return new TlsConfig(Objects.requireNonNull(context, "context"), null, ClientCertificates.NONE, KNOWN_PROTOCOLS,
                Duration.ofSeconds(2));
    }

    private static TlsFiles.Pair pair(Path certificateChain, Path key) {
        return new TlsFiles.Pair(Objects.requireNonNull(certificateChain, "certificateChain"), Objects.requireNonNull(key, "key"));
    }

    /**
     * Adds another certificate. A client gets the one whose DNS names match the host it asks for (SNI, RFC 6066 section 3), by default the
     * first.
     *
     * @param certificateChain as in {@link #pem}.
     * @param key              as in {@link #pem}.
     * @return a changed copy.
     * @throws IllegalStateException if this configuration was made of a context.
     */
    public TlsConfig andPem(Path certificateChain, Path key) {
        List<TlsFiles.Pair> pairs = new ArrayList<>(requireFiles().pairs());
        pairs.add(pair(certificateChain, key));
        return new TlsConfig(null, new TlsFiles(List.copyOf(pairs), files.trusted()), clientCertificates, protocols, reloadInterval);
    }

    private TlsFiles requireFiles() {
        if (files == null) {
            throw new IllegalStateException("a TlsConfig that is made of an SSLContext has no files");
        }
        return files;
    }

    /**
     * Asks clients for certificates.
     *
     * @param mode    whether they must have one.
     * @param trusted PEM file with the certificates of those who may sign a client's certificate.
     * @return a changed copy.
     * @throws IllegalStateException if this configuration was made of a context.
     */
    public TlsConfig clientCertificates(ClientCertificates mode, Path trusted) {
        TlsFiles changed = new TlsFiles(requireFiles().pairs(), Objects.requireNonNull(trusted, "trusted"));
        return new TlsConfig(null, changed, Objects.requireNonNull(mode, "mode"), protocols, reloadInterval);
    }

    /**
     * Asks clients for certificates; the context's trust manager decides which are valid.
     *
     * @param mode whether they must have one.
     * @return a changed copy.
     * @throws IllegalStateException if this configuration was made of files, which do not say whom to trust.
     */
    public TlsConfig clientCertificates(ClientCertificates mode) {
        if (files != null && mode != ClientCertificates.NONE && files.trusted() == null) {
            throw new IllegalStateException("say which authorities are trusted: clientCertificates(mode, trusted)");
        }
        return new TlsConfig(context, files, Objects.requireNonNull(mode, "mode"), protocols, reloadInterval);
    }

    /**
     * {@return a changed copy}
     *
     * @param names {@code TLSv1.2}, {@code TLSv1.3} or both, the default.
     * @throws IllegalArgumentException if there is none, or one that is older or unknown.
     */
    public TlsConfig protocols(String... names) {
        List<String> wanted = List.of(names);
        if (wanted.isEmpty() || !KNOWN_PROTOCOLS.containsAll(wanted)) {
            throw new IllegalArgumentException("protocols must be some of " + KNOWN_PROTOCOLS + ", not " + wanted);
        }
        return new TlsConfig(context, files, clientCertificates, wanted, reloadInterval);
    }

    /**
     * {@return a changed copy}
     *
     * @param interval time between two looks at the files, at least 100 ms; default 2 s.
     * @throws IllegalArgumentException if it is shorter.
     */
    public TlsConfig reloadInterval(Duration interval) {
        if (interval.toMillis() < 100) {
            throw new IllegalArgumentException("reloadInterval must be at least 100 ms, not " + interval);
        }
        return new TlsConfig(context, files, clientCertificates, protocols, interval);
    }

    /** @return the files; null if there is a context. */
    TlsFiles files() {
        return files;
    }

    /** @return the context; null if there are files. */
    SSLContext context() {
        return context;
    }

    Duration reloadInterval() {
        return reloadInterval;
    }

    /** @return an engine for one connection, in server mode; it agrees on HTTP/1.1 with clients that ask (ALPN, RFC 7301). */
    SSLEngine newEngine(SSLContext present) {
        SSLEngine engine = present.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(protocols.toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        switch (clientCertificates) {
            case WANTED -> parameters.setWantClientAuth(true);
            case REQUIRED -> parameters.setNeedClientAuth(true);
            default -> parameters.setNeedClientAuth(false);
        }
        engine.setSSLParameters(parameters);
        return engine;
    }
}
