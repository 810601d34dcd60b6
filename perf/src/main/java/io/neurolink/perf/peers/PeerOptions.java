package io.neurolink.perf.peers;

import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What every server of this package can be told on its command line. */
final class PeerOptions {
    /** All of them listen on the loopback address only. */
    static final String HOST = "127.0.0.1";
    /** The largest message any of them takes, in bytes. */
    static final int MAX_MESSAGE_BYTES = 1 << 20;
    /** Connections that may wait to be accepted. */
    static final int BACKLOG = 4096;

    @Option(names = "--port", required = true)
    private int port;

    @Option(names = "--broadcast")
    private boolean broadcast;

    @Option(names = "--compression")
    private boolean compression;

    @Option(names = "--tls-cert")
    private Path tlsCert;

    @Option(names = "--tls-key")
    private Path tlsKey;

    /**
     * @param args the command line.
     * @return what it says.
     * @throws ParameterException if it says something else; the message is one line that names it.
     */
    static PeerOptions parse(String... args) {
        PeerOptions options = new PeerOptions();
        CommandLine commandLine = new CommandLine(options);
        commandLine.parseArgs(args);
        if ((options.tlsCert == null) != (options.tlsKey == null)) {
            throw new ParameterException(commandLine, "--tls-cert and --tls-key belong together");
        }
        return options;
    }

    /** Where to listen; 0 = any free port. */
    int port() {
        return port;
    }

    /** Whether each message goes to all connections, the sender's included, instead of back. */
    boolean isBroadcast() {
        return broadcast;
    }

    /** Whether to agree to permessage-deflate, without context takeover if the client asks for that. */
    boolean isCompressed() {
        return compression;
    }

    /** Whether to speak TLS. */
    boolean isTls() {
        return tlsCert != null;
    }

    /** PEM file with the certificate chain, or null. */
    Path tlsCert() {
        return tlsCert;
    }

    /** PEM file with the private key, or null. */
    Path tlsKey() {
        return tlsKey;
    }

    /** For servers that know nothing but plain frames. */
    void refuseTlsAndCompression(String server) {
        if (compression || isTls()) {
            throw new IllegalArgumentException(server + " has neither TLS nor compression");
        }
    }
}
