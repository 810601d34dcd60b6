package io.neurolink.agent.langchain4j.http;

import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/**
 * LangChain4j's HTTP client on the JDK's. It speaks HTTP/1.1 only: each stream then has a connection of its own, so that closing one
 * stream closes something the provider sees, and slows down nobody else.
 */
final class ModelHttpClient implements HttpClient {
    private final java.net.http.HttpClient jdkClient;
    private final Duration idleTimeout;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier nanoClock;
    private final int maxEventBytes;
    private final long maxResponseBytes;

    ModelHttpClient(ModelHttpClientBuilder builder) {
        this.jdkClient = java.net.http.HttpClient.newBuilder()
                .version(java.net.http.HttpClient.Version.HTTP_1_1)
                .connectTimeout(builder.connectTimeout())
                .executor(ModelThreads.shared())
                .build();
        this.idleTimeout = builder.readTimeout();
        this.scheduler = builder.scheduler();
        this.nanoClock = builder.nanoClock();
        this.maxEventBytes = builder.maxEventBytes();
        this.maxResponseBytes = builder.maxResponseBytes();
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        try {
            HttpResponse<byte[]> response = jdkClient.send(jdkRequest(request).timeout(idleTimeout).build(), BodyHandlers.ofByteArray());
            if (response.statusCode() / 100 != 2) {
                throw ProviderErrors.ofStatus(response.statusCode(), response.body(),
                        RetryAfter.millis(response.headers(), System.currentTimeMillis()));
            }
            return SuccessfulHttpResponse.builder().statusCode(response.statusCode()).headers(response.headers().map())
                    .body(response.body()).build();
        } catch (HttpTimeoutException e) {
            throw new TimeoutException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        ModelStream stream = new ModelStream(this, parser, listener, BoundOwner.current());
        try {
            stream.begin(jdkRequest(request).build());
        } catch (RuntimeException e) {
            stream.fail(e);
        }
    }

    /** Without the JDK's own timeout, which from JDK 26 on also counts the time in which the body is read, pauses included. */
    private static java.net.http.HttpRequest.Builder jdkRequest(HttpRequest request) {
        if (!request.formDataFields().isEmpty() || !request.formDataFiles().isEmpty()) {
            throw new UnsupportedFeatureException("this client asks chat models, which take no forms");
        }
        java.net.http.HttpRequest.Builder jdk = java.net.http.HttpRequest.newBuilder(URI.create(request.url()));
        BoundOwner.current().headers().forEach(jdk::setHeader);
        request.headers().forEach((name, values) -> setAll(jdk, name, values));
        return jdk.method(request.method().name(),
                request.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofString(request.body()));
    }

    private static void setAll(java.net.http.HttpRequest.Builder jdk, String name, List<String> values) {
        for (int i = 0; i < values.size(); i++) {
            if (i == 0) {
                jdk.setHeader(name, values.get(i));
            } else {
                jdk.header(name, values.get(i));
            }
        }
    }

    java.net.http.HttpClient jdkClient() {
        return jdkClient;
    }

    Duration idleTimeout() {
        return idleTimeout;
    }

    int maxEventBytes() {
        return maxEventBytes;
    }

    long maxResponseBytes() {
        return maxResponseBytes;
    }

    Executor executor() {
        return ModelThreads.shared();
    }

    Executor blockingExecutor() {
        return ModelThreads.blocking();
    }

    IdleWatch newWatch(Runnable onSilence) {
        return new IdleWatch(scheduler, nanoClock, idleTimeout.toNanos(), onSilence);
    }
}
