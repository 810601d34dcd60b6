package io.neurolink.agent.client;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.client.ReconnectPolicy;
import io.neurolink.engine.spi.WebSocketHandshakeError;
import io.neurolink.protocol.CloseCode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.agrona.concurrent.NanoClock;

/**
 * Opens connections, and decides whether and when to try again. For the client's thread.
 *
 * <pre>
 *   connect ──▶ token ──▶ opening ──▶ connected, auth_ok ──▶ ready
 *      ▲          └─────────┴────── failed ──┬──────────────────┘
 *      └──── back-off, or what the server said ────┘      final: the client is closed
 * </pre>
 */
final class Connector {
    /** A connection that lasted this long was a good one: the back-off begins anew. */
    private static final long STABLE_NS = Duration.ofSeconds(5).toNanos();
    private static final int UNAUTHORIZED = 401;

    private final ClientCore core;
    private final AgentClientOptions options;
    private final Wire.Opener opener;
    private final ScheduledExecutorService thread;
    private final NanoClock clock;
    private final DoubleSupplier random;
    private Future<?> timer = CompletableFuture.completedFuture(null);
    private int failures;
    private long readySinceNs;
    private long leastDelayMs;
    private boolean isReady;
    private boolean wasReady;
    private boolean isStopped;

    Connector(ClientCore core, Wire.Opener opener, ScheduledExecutorService thread, NanoClock clock, DoubleSupplier random) {
        this.core = core;
        this.options = core.options();
        this.opener = opener;
        this.thread = thread;
        this.clock = clock;
        this.random = random;
    }

    void connect() {
        if (isStopped) {
            return;
        }
        Link link = new Link(core, this);
        core.attach(link);
        timer = thread.schedule(() -> onTimeout(link), options.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
        if (options.token() == null) {
            open(link, null);
        } else {
            askForToken(token -> open(link, token), error -> onClosed(link, 0, "", error));
        }
    }

    /** Asks the source of credentials, if there is one. */
    void askForToken(Consumer<String> next, Consumer<AgentException> failed) {
        if (options.token() == null) {
            return;
        }
        core.callbacks().execute(() -> tokenStage().whenComplete((token, error) -> core.execute(() -> {
            if (error == null && token != null) {
                next.accept(token);
            } else {
                failed.accept(new AgentException("NO_TOKEN", "The source of tokens gave none", true, AgentException.NO_HINT, error));
            }
        })));
    }

    private CompletionStage<String> tokenStage() {
        try {
            return options.token().get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private void open(Link link, String token) {
        if (!core.isCurrent(link)) {
            return;
        }
        Map<String, String> headers = new LinkedHashMap<>(options.headers());
        if (token != null && !options.isTokenMessage()) {
            headers.put("Authorization", "Bearer " + token);
        }
        try {
            link.open(opener, headers, options.isTokenMessage() ? token : null);
        } catch (IllegalArgumentException e) {
            core.shutDown(ClientCore.failure("CONNECT_FAILED", "Cannot connect: " + e.getMessage(), e), 0, "");
        }
    }

    private void onTimeout(Link link) {
        if (core.isCurrent(link)) {
            link.close(1001, "timeout");
            onClosed(link, 0, "", new AgentException("CONNECT_TIMEOUT", "not ready within " + options.connectTimeout().toMillis() + " ms",
                    true, AgentException.NO_HINT));
        }
    }

    void onReady() {
        timer.cancel(false);
        isReady = true;
        wasReady = true;
        readySinceNs = clock.nanoTime();
    }

    /** The server said when to come back. */
    void waitAtLeast(long delayMs) {
        leastDelayMs = delayMs;
    }

    /** The credential is not good; or the server cannot say now whether it is, and it is to be tried again. */
    void refuse(Link link, AgentException error) {
        if (error.isRetryable()) {
            waitAtLeast(Math.max(0, error.retryAfterMs()));
            link.close(1000, "");
            onClosed(link, 0, "", error);
        } else {
            core.shutDown(error, 1000, "");
        }
    }

    void stop() {
        isStopped = true;
        timer.cancel(false);
    }

    void onClosed(Link link, int code, String reason, Throwable error) {
        if (!core.isCurrent(link)) {
            return;
        }
        timer.cancel(false);
        boolean isRenewable = isReady && options.token() != null;
        if (isReady && clock.nanoTime() - readySinceNs >= STABLE_NS) {
            failures = 0;
        }
        isReady = false;
        failures++;
        AgentException cause = Link.lost(code, reason, error);
        core.onLost(cause);
        boolean isExpired = code == CloseCode.AUTH_EXPIRED;
        boolean isAuth = isExpired || code == CloseCode.AUTH_REQUIRED || statusOf(error) == UNAUTHORIZED;
        if (isAuth && !isRenewable) {
            ErrorCode what = isExpired ? ErrorCode.AUTH_EXPIRED : ErrorCode.AUTH_INVALID;
            core.shutDown(ClientCore.failure(what.name(), cause.getMessage(), error), 0, "");
        } else if (!isAuth && isFinal(code, error) || hasGivenUp()) {
            core.shutDown(cause, 0, "");
        } else {
            retry(error);
        }
    }

    private boolean hasGivenUp() {
        return !wasReady && !options.isFirstRetried() || options.maxAttempts() > 0 && failures > options.maxAttempts();
    }

    private static boolean isFinal(int code, Throwable error) {
        return error != null ? !ReconnectPolicy.isRecoverable(error) : !CloseCode.isRecoverable(code);
    }

    private static int statusOf(Throwable error) {
        return error instanceof WebSocketHandshakeError refused ? refused.status() : 0;
    }

    private void retry(Throwable error) {
        Duration retryAfter = ReconnectPolicy.retryAfter(error, System.currentTimeMillis());
        double ceilingMs = Math.min(options.lastDelay().toMillis(), Math.scalb((double) options.firstDelay().toMillis(), failures - 1));
        long delayMs = Math.max((long) (random.getAsDouble() * ceilingMs), Math.max(leastDelayMs, retryAfter.toMillis()));
        leastDelayMs = 0;
        timer = thread.schedule(this::connect, delayMs, TimeUnit.MILLISECONDS);
    }
}
