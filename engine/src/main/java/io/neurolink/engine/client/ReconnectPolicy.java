package io.neurolink.engine.client;

import io.neurolink.engine.spi.WebSocketHandshakeError;
import io.neurolink.protocol.CloseCode;
import io.neurolink.protocol.handshake.HttpDate;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * When a {@link ReconnectingWebSocket} tries again, how long it waits before, and when it gives up. Immutable: each method returns a
 * changed copy.
 *
 * <pre>
 *   ceiling = min(maxDelay, firstDelay * multiplier^(failures in a row - 1))
 *   wait    = what the server asked for + ceiling * (1 - jitter * random), random from 0 to 1
 * </pre>
 *
 * With full jitter, the default, the wait is anything up to the ceiling, so that clients which lost their server together do not return
 * together.
 */
public final class ReconnectPolicy {
    /** The longest wait that a server may ask for. */
    public static final Duration MAX_HINT = Duration.ofHours(1);

    private static final ReconnectPolicy DEFAULTS = new ReconnectPolicy(new Delays(Duration.ofMillis(500), Duration.ofSeconds(30), 2, 1),
            Duration.ofSeconds(10), Duration.ofSeconds(5), 0, CloseCode::isRecoverable);
    private static final Set<Integer> PASSING_STATUSES = Set.of(408, 425, 429);
    private static final Set<Integer> LASTING_STATUSES = Set.of(501, 505, 511);

    private record Delays(Duration first, Duration max, double multiplier, double jitter) {
    }

    private final Delays delays;
    private final Duration spread;
    private final Duration stableAfter;
    private final int maxAttempts;
    private final IntPredicate recoverable;

    private ReconnectPolicy(Delays delays, Duration spread, Duration stableAfter, int maxAttempts, IntPredicate recoverable) {
        this.delays = delays;
        this.spread = spread;
        this.stableAfter = stableAfter;
        this.maxAttempts = maxAttempts;
        this.recoverable = recoverable;
    }

    /** {@return 500 ms to 30 s, doubled each time, full jitter, without end} */
    public static ReconnectPolicy defaults() {
        return DEFAULTS;
    }

    /**
     * {@return a changed copy}
     *
     * @param first ceiling of the first wait, more than zero; default 500 ms.
     * @param max   highest ceiling, not less than the first; default 30 s.
     * @throws IllegalArgumentException if they are out of range.
     */
    public ReconnectPolicy delays(Duration first, Duration max) {
        requirePositive("first", first);
        require(max.compareTo(first) >= 0, "max must not be less than first, " + first + ", but is " + max);
        return with(new Delays(first, max, delays.multiplier, delays.jitter));
    }

    /**
     * {@return a changed copy}
     *
     * @param value what the ceiling grows by with each failure, 1 to 10; default 2.
     * @throws IllegalArgumentException if it is out of range.
     */
    public ReconnectPolicy multiplier(double value) {
        require(value >= 1 && value <= 10, "multiplier must be 1 to 10, not " + value);
        return with(new Delays(delays.first, delays.max, value, delays.jitter));
    }

    /**
     * {@return a changed copy}
     *
     * @param value which part of the ceiling is random: 1 all of it, the default; 0 none.
     * @throws IllegalArgumentException if it is not 0 to 1.
     */
    public ReconnectPolicy jitter(double value) {
        require(value >= 0 && value <= 1, "jitter must be 0 to 1, not " + value);
        return with(new Delays(delays.first, delays.max, delays.multiplier, value));
    }

    private ReconnectPolicy with(Delays changed) {
        return new ReconnectPolicy(changed, spread, stableAfter, maxAttempts, recoverable);
    }

    /**
     * {@return a changed copy}
     *
     * @param value least ceiling after 1012 (service restart) and 1013 (try again later), which all clients of a server get at the same
     *              time; zero or more; default 10 s.
     * @throws IllegalArgumentException if it is negative.
     */
    public ReconnectPolicy spread(Duration value) {
        require(!value.isNegative(), "spread must not be negative, but is " + value);
        return new ReconnectPolicy(delays, value, stableAfter, maxAttempts, recoverable);
    }

    /**
     * {@return a changed copy}
     *
     * @param value a connection that lasted this long was a good one, and failures are counted anew; zero or more; default 5 s.
     * @throws IllegalArgumentException if it is negative.
     */
    public ReconnectPolicy stableAfter(Duration value) {
        require(!value.isNegative(), "stableAfter must not be negative, but is " + value);
        return new ReconnectPolicy(delays, spread, value, maxAttempts, recoverable);
    }

    /**
     * {@return a changed copy}
     *
     * @param value failures in a row after which the socket gives up; 0 = never, the default.
     * @throws IllegalArgumentException if it is negative.
     */
    public ReconnectPolicy maxAttempts(int value) {
        require(value >= 0, "maxAttempts must not be negative, but is " + value);
        return new ReconnectPolicy(delays, spread, stableAfter, value, recoverable);
    }

    /**
     * {@return a changed copy}
     *
     * @param value says after which close codes to connect again; default {@link CloseCode#isRecoverable}. Must not block.
     */
    public ReconnectPolicy recoverable(IntPredicate value) {
        return new ReconnectPolicy(delays, spread, stableAfter, maxAttempts, Objects.requireNonNull(value, "recoverable"));
    }

    /**
     * Says whether to connect again after a connection has ended.
     *
     * @param closeCode as it was told to {@code onClose}.
     * @return as {@link CloseCode#isRecoverable} has it, unless this policy was given a rule of its own.
     */
    public boolean isRecoverable(int closeCode) {
        return recoverable.test(closeCode);
    }

    /**
     * Says whether to try again after a connection could not be opened.
     *
     * @param error what {@code connect} failed with.
     * @return false if a server or proxy refused with 3xx, with 4xx but for 408, 425 and 429, or with 501, 505 and 511, or if nothing was
     *         wrong with the network: an address that is none, for instance.
     */
    public static boolean isRecoverable(Throwable error) {
        if (error instanceof WebSocketHandshakeError refused) {
            int kind = refused.status() / 100;
            return kind == 4 ? PASSING_STATUSES.contains(refused.status()) : kind != 3 && !LASTING_STATUSES.contains(refused.status());
        }
        return !(error instanceof IllegalArgumentException) && !(error instanceof Error);
    }

    /**
     * Finds what a server that refused says about coming back (RFC 9110 section 10.2.3).
     *
     * @param error what {@code connect} failed with.
     * @param nowMs the time, milliseconds since the epoch, for answers that name a date.
     * @return how long to wait, at most {@link #MAX_HINT}; zero if the server does not say.
     */
    public static Duration retryAfter(Throwable error, long nowMs) {
        if (!(error instanceof WebSocketHandshakeError refused) || refused.headers("retry-after").isEmpty()) {
            return Duration.ZERO;
        }
        String value = refused.headers("retry-after").get(0).strip();
        if (value.matches("\\d{1,9}")) {
            return bounded(Duration.ofSeconds(Long.parseLong(value)));
        }
        long dateMs = HttpDate.parse(value);
        return dateMs < nowMs ? Duration.ZERO : bounded(Duration.ofMillis(dateMs - nowMs));
    }

    static Duration bounded(Duration hint) {
        return hint.isNegative() ? Duration.ZERO : hint.compareTo(MAX_HINT) > 0 ? MAX_HINT : hint;
    }

    /**
     * How long to wait.
     *
     * @param failures  failures in a row, at least 1.
     * @param closeCode how the last connection ended; 0 if it was not opened.
     * @param hint      what the server asked for, or zero.
     * @param random    0 to 1.
     * @return the wait.
     */
    public Duration delay(int failures, int closeCode, Duration hint, double random) {
        double ceilingNs = Math.min(delays.max.toNanos(), delays.first.toNanos() * Math.pow(delays.multiplier, failures - 1.0));
        if (closeCode == CloseCode.SERVICE_RESTART || closeCode == CloseCode.TRY_AGAIN_LATER) {
            ceilingNs = Math.max(ceilingNs, spread.toNanos());
        }
        return hint.plusNanos((long) (ceilingNs * (1 - delays.jitter * random)));
    }

    boolean isStable(long lastedNs) {
        return lastedNs >= stableAfter.toNanos();
    }

    boolean isOver(int failures) {
        return maxAttempts > 0 && failures >= maxAttempts;
    }

    private static void requirePositive(String name, Duration value) {
        require(!value.isNegative() && !value.isZero(), name + " must be more than zero, not " + value);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
