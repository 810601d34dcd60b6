package io.neurolink.agent;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The command {@code status}: asks a server that runs how it is doing, over HTTP, and shows it. */
final class AgentServerStatusCommand {
    static final String NAME = "status";

    private static final int FAILED = 1;
    private static final int BAD_OPTION = 2;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_BYTES = 16 * 1024 * 1024;

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final EnvelopeReader reader = new EnvelopeReader(MAX_BYTES, 16, 1_000_000);

    /** The server does not tell; the message says why. */
    private static final class SilentServerException extends Exception {
        private static final long serialVersionUID = 1;

        SilentServerException(String message) {
            super(message);
        }
    }

    AgentServerStatusCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /** @return the exit status. */
    int run(String... args) {
        CommandLine commandLine = new CommandLine(new AgentServerStatusOptions()).setExpandAtFiles(false);
        AgentServerStatusOptions options = commandLine.getCommand();
        try {
            commandLine.parseArgs(args);
            if (options.help) {
                out.print(commandLine.getUsageMessage());
                return 0;
            }
            options.check();
            return show(options, newClient(options), newRequest(options));
        } catch (ParameterException | BadOptionException e) {
            return complain(e.getMessage().lines().findFirst().orElse("bad option"), BAD_OPTION);
        } catch (SilentServerException e) {
            return complain(e.getMessage(), FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return complain("interrupted", FAILED);
        }
    }

    private int complain(String message, int status) {
        err.println(AgentServerOptions.NAME + " " + NAME + ": " + message);
        err.flush();
        return status;
    }

    private HttpRequest newRequest(AgentServerStatusOptions options) throws BadOptionException {
        HttpRequest.Builder request = HttpRequest.newBuilder(options.statusUri()).timeout(TIMEOUT);
        if (options.tokenEnv != null) {
            String token = environment.getOrDefault(options.tokenEnv, "");
            if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
                throw new BadOptionException("--token-env: the environment variable " + options.tokenEnv
                        + (token.isEmpty() ? " is not set" : " holds characters that no token has"));
            }
            request.header("Authorization", "Bearer " + token);
        }
        return request.build();
    }

    private static HttpClient newClient(AgentServerStatusOptions options) throws BadOptionException {
        HttpClient.Builder client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT);
        if (options.tlsCa != null) {
            client.sslContext(trusting(options.tlsCa));
        }
        return client.build();
    }

    private static SSLContext trusting(Path file) throws BadOptionException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            Collection<? extends Certificate> certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
            for (Certificate certificate : certificates) {
                trusted.setCertificateEntry("ca-" + trusted.size(), certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new BadOptionException("--tls-ca: " + file + " cannot be used: " + e.getMessage());
        }
    }

    private int show(AgentServerStatusOptions options, HttpClient client, HttpRequest request)
            throws SilentServerException, InterruptedException {
        if (options.json) {
            out.println(new String(fetch(client, request), StandardCharsets.UTF_8));
        } else if (options.once || !AgentServerTerminal.isThere()) {
            Map<?, ?> before = read(client, request);
            pause(options);
            new AgentServerStatusView(options.url, AgentServerStatusView.UNLIMITED, AgentServerStatusView.UNLIMITED)
                    .lines(before, read(client, request)).forEach(out::println);
        } else {
            showLive(options, client, request);
        }
        out.flush();
        return 0;
    }

    /** Nothing ends it but time, or the end of the process. */
    private static void pause(AgentServerStatusOptions options) throws InterruptedException {
        new CountDownLatch(1).await(options.intervalMs, TimeUnit.MILLISECONDS);
    }

    /** Until the process is ended. A server that does not answer is asked again; one that never did is given up. */
    private void showLive(AgentServerStatusOptions options, HttpClient client, HttpRequest request)
            throws SilentServerException, InterruptedException {
        Map<?, ?> before = read(client, request);
        try (AgentServerTerminal terminal = AgentServerTerminal.open(out)) {
            Map<?, ?> last = before;
            while (true) {
                pause(options);
                AgentServerStatusView view = new AgentServerStatusView(options.url, terminal.columns(), terminal.rows());
                try {
                    Map<?, ?> now = read(client, request);
                    terminal.draw(view.lines(last, now));
                    last = now;
                } catch (SilentServerException e) {
                    terminal.draw(List.of(e.getMessage()));
                }
            }
        }
    }

    private Map<?, ?> read(HttpClient client, HttpRequest request) throws SilentServerException, InterruptedException {
        try {
            if (reader.readValue(ByteBuffer.wrap(fetch(client, request))) instanceof Map<?, ?> status && status.get("server") != null) {
                return status;
            }
        } catch (EnvelopeException e) {
            // No JSON is no status either.
        }
        throw new SilentServerException(request.uri() + " does not tell the status of a server");
    }

    private static byte[] fetch(HttpClient client, HttpRequest request) throws SilentServerException, InterruptedException {
        HttpResponse<byte[]> response;
        try {
            response = client.send(request, BodyHandlers.ofByteArray());
        } catch (ConnectException e) {
            throw new SilentServerException("there is no server at " + request.uri());
        } catch (IOException e) {
            throw new SilentServerException(request.uri() + " does not answer: " + e.getMessage());
        }
        return switch (response.statusCode()) {
            case 200 -> response.body();
            case 401 -> throw new SilentServerException("the server wants the token of its --admin-token-env: name it by --token-env");
            case 403 -> throw new SilentServerException("the server tells its status only to its own machine, asked as localhost;"
                    + " from elsewhere it needs an --admin-token-env");
            case 404 -> throw new SilentServerException("there is no status at " + request.uri().getPath()
                    + ": a server with --status off, or with another --base-path");
            default -> throw new SilentServerException("the server answered with status " + response.statusCode());
        };
    }
}
