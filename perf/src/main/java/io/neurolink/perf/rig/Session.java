package io.neurolink.perf.rig;

import com.sun.management.UnixOperatingSystemMXBean;
import io.neurolink.perf.server.Certificate;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;

/** The server of one run, which is started if no URL was given, and what is needed to talk to it. */
final class Session implements AutoCloseable {
    /** Bytes of a message where nothing else is asked for. */
    static final int PLAIN_SIZE = 64;

    private static final int MAX_DESCRIPTORS = 20_000;
    private static final int RESERVED_DESCRIPTORS = 100;
    private static final int DEFAULT_MESSAGE_SIZE = 1024 * 1024;

    private final RigOptions options;
    private final Certificate certificate;
    private final ServerProcess server;
    private final Target target;
    private final SSLContext tls;

    private Session(RigOptions options, Certificate certificate, ServerProcess server) {
        this.options = options;
        this.certificate = certificate;
        this.server = server;
        this.target = options.target(server == null ? options.url() : server.url());
        this.tls = target.isTls() ? context() : null;
    }

    /**
     * Starts what has to be started.
     *
     * @param arguments options of {@code echo-server} that the workload needs.
     * @throws IOException if the server does not start.
     */
    static Session open(RigOptions options, List<String> arguments) throws IOException, GeneralSecurityException {
        options.check();
        if (options.url() != null) {
            return new Session(options, null, null);
        }
        List<String> all = new ArrayList<>(arguments);
        Certificate certificate = options.isTls() ? Certificate.make() : null;
        if (certificate != null) {
            all.addAll(List.of("--tls-cert", certificate.chain().toString(), "--tls-key", certificate.key().toString()));
        }
        all.addAll(options.serverArgs());
        ServerProcess server = null;
        try {
            server = ServerProcess.start(options.serverJvmArgs(), all);
            return new Session(options, certificate, server);
        } catch (IllegalArgumentException e) {
            throw options.wrong("--server-args: " + e.getMessage());
        } finally {
            if (server == null && certificate != null) {
                certificate.close();
            }
        }
    }

    /** Options of a server that takes messages of that size and compression. */
    static List<String> arguments(int size, Compression.Mode compression) {
        List<String> arguments = new ArrayList<>();
        if (size > DEFAULT_MESSAGE_SIZE) {
            arguments.addAll(List.of("--max-message-size", Integer.toString(size)));
        }
        if (compression != Compression.Mode.OFF) {
            arguments.addAll(List.of("--compression", RigOptions.name(compression)));
        }
        return arguments;
    }

    private SSLContext context() {
        try {
            if (options.isInsecure()) {
                return TrustAnyone.context();
            }
            return certificate == null ? SSLContext.getDefault() : certificate.trust();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("there is no TLS: " + e.getMessage(), e);
        }
    }

    /** Complains if so many connections cannot be opened. */
    static void checkDescriptors(RigOptions options, String option, int connections) {
        long limit = MAX_DESCRIPTORS;
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
            limit = Math.min(limit, unix.getMaxFileDescriptorCount());
        }
        long most = limit - RESERVED_DESCRIPTORS;
        if (connections > most) {
            throw options.wrong(option + " must be at most " + most + ", not " + connections + ": a process has " + limit
                    + " file descriptors here");
        }
        options.checkRange(option, connections, 1, most);
    }

    Target target() {
        return target;
    }

    /** For workloads whose messages are of no interest. */
    Load plainLoad() {
        return new Load(target, PLAIN_SIZE, false, 1, new Compression(Compression.Mode.OFF), tls, System::nanoTime);
    }

    /** Null for plain connections. */
    SSLContext tls() {
        return tls;
    }

    /** Process of the server, 0 if it is not known. */
    long serverPid() {
        return server == null ? options.serverPid() : server.pid();
    }

    @Override
    public void close() throws IOException {
        if (server != null) {
            String said = server.complaints();
            if (!said.isEmpty()) {
                options.spec().commandLine().getErr().println("the server said: " + said);
            }
            server.close();
        }
        if (certificate != null) {
            certificate.close();
        }
    }
}
