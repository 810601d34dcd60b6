package io.neurolink.engine.client;

import io.neurolink.engine.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * How a client speaks TLS ({@code wss://}): whom it trusts, and who it is. Immutable: each method returns a changed copy. The server's
 * certificate must be signed by somebody trusted and be for the host that was asked for (RFC 6125, RFC 9110 section 4.3.4).
 */
public final class ClientTlsConfig {
    private static final List<String> KNOWN_PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    private final SSLContext context;
    private final TlsFiles files;
    private final List<String> protocols;
    private final boolean isHostNameChecked;

    private ClientTlsConfig(SSLContext context, TlsFiles files, List<String> protocols, boolean isHostNameChecked) {
        this.context = context;
        this.files = files;
        this.protocols = protocols;
        this.isHostNameChecked = isHostNameChecked;
    }

    /** @return the authorities that the JDK trusts, no certificate of its own, TLS 1.2 and 1.3. */
    public static ClientTlsConfig defaults() {
        return new ClientTlsConfig(null, new TlsFiles(List.of(), null), KNOWN_PROTOCOLS, true);
    }

    /**
     * Leaves certificates, keys and whom to trust to a context of the application's own.
     *
     * @param context an initialized context.
     * @return a configuration with TLS 1.2 and 1.3.
     */
    public static ClientTlsConfig of(SSLContext context) {
        return new ClientTlsConfig(Objects.requireNonNull(context, "context"), null, KNOWN_PROTOCOLS, true);
    }

    /**
     * Trusts the certificates in a file, and nobody else.
     *
     * @param certificates PEM file, read when the client is built.
     * @return a changed copy.
     * @throws IllegalStateException if this configuration was made of a context.
     */
    public ClientTlsConfig trusting(Path certificates) {
        return changed(new TlsFiles(requireFiles().pairs(), Objects.requireNonNull(certificates, "certificates")));
    }

    /**
     * Shows a certificate to servers that ask for one.
     *
     * @param certificateChain PEM file with the client's certificate, followed by those that certify it; read when the client is built.
     * @param key              PEM file with its private key, not encrypted.
     * @return a changed copy.
     * @throws IllegalStateException if this configuration was made of a context.
     */
    public ClientTlsConfig certificate(Path certificateChain, Path key) {
        var pair = new TlsFiles.Pair(Objects.requireNonNull(certificateChain, "certificateChain"), Objects.requireNonNull(key, "key"));
        return changed(new TlsFiles(List.of(pair), requireFiles().trusted()));
    }

    private ClientTlsConfig changed(TlsFiles newFiles) {
        return new ClientTlsConfig(null, newFiles, protocols, isHostNameChecked);
    }

    private TlsFiles requireFiles() {
        if (files == null) {
            throw new IllegalStateException("a ClientTlsConfig that is made of an SSLContext has no files");
        }
        return files;
    }

    /**
     * @param names {@code TLSv1.2}, {@code TLSv1.3} or both, the default.
     * @return a changed copy.
     * @throws IllegalArgumentException if there is none, or one that is older or unknown.
     */
    public ClientTlsConfig protocols(String... names) {
        List<String> wanted = List.of(names);
        if (wanted.isEmpty() || !KNOWN_PROTOCOLS.containsAll(wanted)) {
            throw new IllegalArgumentException("protocols must be some of " + KNOWN_PROTOCOLS + ", not " + wanted);
        }
        return new ClientTlsConfig(context, files, wanted, isHostNameChecked);
    }

    /**
     * Gives up the check that the certificate is for the host: anybody with a certificate of a trusted authority can then stand in the
     * middle. For tests, and for servers that are recognised by their certificate alone.
     *
     * @return a changed copy.
     */
    public ClientTlsConfig withoutHostNameCheck() {
        return new ClientTlsConfig(context, files, protocols, false);
    }

    /**
     * Reads the files, for clients of other protocols too.
     *
     * @return a context; which protocols are spoken and whether host names are checked is not in it.
     * @throws IOException if a file cannot be used; the message names it.
     */
    public SSLContext load() throws IOException {
        return context != null ? context : files.clientContext();
    }

    SSLEngine newEngine(SSLContext loaded, String host, int port) {
        SSLEngine engine = loaded.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(protocols.toArray(String[]::new));
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        if (isHostNameChecked) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return engine;
    }
}
