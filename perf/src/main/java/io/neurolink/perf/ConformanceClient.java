package io.neurolink.perf;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs the cases of a conformance server against the client: asks how many there are, lets the server play each of them with a client that
 * sends every message back as it came, compressed if the server agrees, and asks for the report. Whatever happens within a case is the
 * case's affair.
 */
final class ConformanceClient implements AutoCloseable {
    private static final int MAX_MESSAGE_SIZE = 16 * 1024 * 1024;
    private static final long CASE_LIMIT_S = 300;
    private static final ConnectOptions OPTIONS = ConnectOptions.defaults().timeout(Duration.ofSeconds(30));

    private final String base;
    private final String agent;
    private final PrintWriter out;
    private final WebSocketClient client;

    /**
     * @param url   where the server is, {@code ws://} or {@code wss://}, perhaps with a path in front of those of the cases.
     * @param agent name for the report.
     * @param out   gets lines of progress.
     */
    ConformanceClient(URI url, String agent, PrintWriter out) {
        String text = url.toString();
        this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        this.agent = URLEncoder.encode(agent, StandardCharsets.UTF_8);
        this.out = out;
        this.client = WebSocketClient.builder().idleMode(IdleMode.BACKOFF).config(config()).build();
    }

    /** No limit but that of the cases' largest message: what is tried here is the protocol. */
    private static WebSocketConfig config() {
        return WebSocketConfig.builder()
                .maxMessageSize(MAX_MESSAGE_SIZE)
                .maxFragments(Integer.MAX_VALUE)
                .maxBufferedBytes(8 * MAX_MESSAGE_SIZE)
                .maxControlFramesPerSecond(0)
                .compression(CompressionConfig.dedicated().withThreshold(0))
                .pingInterval(Duration.ZERO)
                .handlerThreading(HandlerThreading.INLINE)
                .build();
    }

    /**
     * Runs everything.
     *
     * @throws IOException if the server cannot be asked; the message says what was asked and why not.
     */
    void run() throws IOException, InterruptedException {
        int count = caseCount();
        out.println(count + " cases at " + base);
        out.flush();
        for (int i = 1; i <= count; i++) {
            out.println("case " + i + " of " + count + ": " + play(i));
            out.flush();
        }
        ask("/updateReports?agent=" + agent);
        out.println("reports updated");
        out.flush();
    }

    private int caseCount() throws IOException, InterruptedException {
        String answer = ask("/getCaseCount");
        try {
            return Integer.parseInt(answer.strip());
        } catch (NumberFormatException e) {
            throw new IOException("/getCaseCount of " + base + " was answered with '" + answer.strip() + "', which is no number", e);
        }
    }

    /** @return the last text message that comes before the server closes the connection. */
    private String ask(String target) throws IOException, InterruptedException {
        Question question = new Question();
        try {
            client.connect(URI.create(base + target), question, OPTIONS).get();
            return question.answer.get(CASE_LIMIT_S, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(target + ": " + e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(target + ": the server did not close the connection within " + CASE_LIMIT_S + " s", e);
        }
    }

    private String play(int number) throws InterruptedException {
        Echo echo = new Echo();
        WebSocketConnection connection;
        try {
            connection = client.connect(URI.create(base + "/runCase?case=" + number + "&agent=" + agent), echo, OPTIONS).get();
        } catch (ExecutionException e) {
            return "not opened: " + e.getCause().getMessage();
        }
        try {
            return "closed with " + echo.end.get(CASE_LIMIT_S, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            connection.close(1001, "the case took too long");
            return "given up after " + CASE_LIMIT_S + " s";
        } catch (ExecutionException e) {
            return "failed: " + e.getCause();
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class Question implements WebSocketHandler {
        private final CompletableFuture<String> answer = new CompletableFuture<>();
        private String last = "";

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            last = message.text();
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            answer.complete(last);
        }
    }

    /** Sends every message back as it came. */
    private static final class Echo implements WebSocketHandler {
        private final CompletableFuture<String> end = new CompletableFuture<>();

        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            connection.send(message);
        }

        /** What the server does wrong is its case, and ends it. */
        @Override
        public void onError(WebSocketConnection connection, Throwable error) {
        }

        @Override
        public void onClose(WebSocketConnection connection, int code, String reason) {
            end.complete((code + " " + reason).trim());
        }
    }
}
