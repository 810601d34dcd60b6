package io.neurolink.agent.langchain4j.http;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/**
 * Makes the HTTP client for any of LangChain4j's models that take one: {@code SomeModel.builder().httpClientBuilder(new
 * ModelHttpClientBuilder())}. With it a run can be stopped at any moment, a slow viewer slows the provider down, and no thread waits for
 * the model. Not safe for use by several threads at once.
 */
public final class ModelHttpClientBuilder implements HttpClientBuilder {
    private static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;
    private static final long MAX_RESPONSE_BYTES = 64L * 1024 * 1024;

    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration readTimeout = Duration.ofSeconds(60);
    private boolean isFixed;
    private ScheduledExecutorService scheduler;
    private LongSupplier nanoClock = System::nanoTime;
    private int maxEventBytes = MAX_EVENT_BYTES;
    private long maxResponseBytes = MAX_RESPONSE_BYTES;

    /** Starts with 10 seconds to connect, 60 seconds of silence, 16 MiB for an event and 64 MiB for a response. */
    public ModelHttpClientBuilder() {
        // The fields say it all.
    }

    /**
     * Sets both timeouts for good: models tell their client timeouts of their own, also where nobody asked for any.
     *
     * @param connect time to connect in.
     * @param idle    how long a provider may send nothing, not even the head of its answer, while it is being waited for.
     * @return this.
     */
    public ModelHttpClientBuilder timeouts(Duration connect, Duration idle) {
        connectTimeout = positive(connect, "connect");
        readTimeout = positive(idle, "idle");
        isFixed = true;
        return this;
    }

    /**
     * Limits what is kept of an answer.
     *
     * @param eventBytes    bytes of one event, at least 1; more fails the stream.
     * @param responseBytes bytes of a whole answer, at least 1; more fails the stream.
     * @return this.
     */
    public ModelHttpClientBuilder limits(int eventBytes, long responseBytes) {
        if (eventBytes < 1 || responseBytes < 1) {
            throw new IllegalArgumentException("limits must be at least 1: " + eventBytes + ", " + responseBytes);
        }
        maxEventBytes = eventBytes;
        maxResponseBytes = responseBytes;
        return this;
    }

    /**
     * Sets the scheduler.
     *
     * @param timers belongs to the caller; by default one that all clients share.
     * @return this.
     */
    public ModelHttpClientBuilder scheduler(ScheduledExecutorService timers) {
        scheduler = Objects.requireNonNull(timers, "timers");
        return this;
    }

    ModelHttpClientBuilder nanoClock(LongSupplier clock) {
        nanoClock = clock;
        return this;
    }

    @Override
    public Duration connectTimeout() {
        return connectTimeout;
    }

    @Override
    public ModelHttpClientBuilder connectTimeout(Duration timeout) {
        connectTimeout = isFixed || timeout == null ? connectTimeout : positive(timeout, "connectTimeout");
        return this;
    }

    @Override
    public Duration readTimeout() {
        return readTimeout;
    }

    @Override
    public ModelHttpClientBuilder readTimeout(Duration timeout) {
        readTimeout = isFixed || timeout == null ? readTimeout : positive(timeout, "readTimeout");
        return this;
    }

    @Override
    public HttpClient build() {
        return new ModelHttpClient(this);
    }

    ScheduledExecutorService scheduler() {
        return scheduler == null ? ModelThreads.timers() : scheduler;
    }

    LongSupplier nanoClock() {
        return nanoClock;
    }

    int maxEventBytes() {
        return maxEventBytes;
    }

    long maxResponseBytes() {
        return maxResponseBytes;
    }

    private static Duration positive(Duration value, String name) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive, not " + value);
        }
        return value;
    }
}
