package io.neurolink.agent.oauth;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** Asks the endpoint about one token at a time. Nothing it throws holds the token or the client's secret. */
final class IntrospectionClient {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_VALUES = 10_000;
    private static final int OK = 200;

    private final HttpClient http;
    private final URI url;
    private final String authorization;
    private final Duration timeout;
    private final int maxAnswerBytes;

    /**
     * @param sslContext null = the JDK's own.
     */
    IntrospectionClient(URI url, String clientId, String clientSecret, Duration connectTimeout, Duration timeout, int maxAnswerBytes,
            SSLContext sslContext) {
        this.url = url;
        this.timeout = timeout;
        this.maxAnswerBytes = maxAnswerBytes;
        // RFC 6749, 2.3.1: both are form-encoded first.
        String pair = encoded(clientId) + ":" + encoded(clientSecret);
        this.authorization = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(connectTimeout);
        this.http = (sslContext == null ? builder : builder.sslContext(sslContext)).build();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /**
     * @return completes with the fields of the answer; fails with an {@link IOException} if there is none in time, or none that is in
     *     order.
     */
    CompletableFuture<Map<?, ?>> ask(String token) {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .header("Authorization", authorization)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("token=" + encoded(token) + "&token_type_hint=access_token"))
                .build();
        AtomicReference<CompletableFuture<HttpResponse<byte[]>>> exchange = new AtomicReference<>(send(request));
        // The request's own timeout ends with the head of the answer.
        return exchange.get().exceptionallyCompose(error -> {
            exchange.set(isWorthASecondTry(error) ? send(request) : CompletableFuture.failedFuture(error));
            return exchange.get();
        }).orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).whenComplete((response, error) -> {
            if (error != null) {
                exchange.get().cancel(true);
            }
        }).thenApply(this::read);
    }

    private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request) {
        return http.sendAsync(request, head -> new BoundedBody(maxAnswerBytes));
    }

    /** The connection was one that had been kept, and the other end had closed it meanwhile: the JDK's client repeats no POST by itself. */
    private static boolean isWorthASecondTry(Throwable error) {
        Throwable root = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return root instanceof IOException && !(root instanceof HttpTimeoutException) && !(root instanceof ConnectException)
                && !(root instanceof SSLException);
    }

    private Map<?, ?> read(HttpResponse<byte[]> response) {
        if (response.statusCode() != OK) {
            throw failed("answered " + response.statusCode());
        }
        if (response.body() == null) {
            throw failed("answered more than " + maxAnswerBytes + " bytes");
        }
        try {
            Object value = new EnvelopeReader(maxAnswerBytes, MAX_DEPTH, MAX_VALUES).readValue(ByteBuffer.wrap(response.body()));
            if (value instanceof Map<?, ?> fields && fields.get("active") instanceof Boolean) {
                return fields;
            }
        } catch (EnvelopeException notJson) {
            throw failed("did not answer JSON");
        }
        throw failed("did not answer whether the token is active");
    }

    private static CompletionException failed(String what) {
        return new CompletionException(new IOException("the introspection endpoint " + what));
    }
}
