package io.neurolink.engine;

import io.neurolink.engine.loop.CloseFrames;
import io.neurolink.engine.loop.DrainPlan;
import io.neurolink.protocol.CloseCode;
import java.time.Duration;
import java.util.Objects;

/**
 * How a server ends: see {@link NeuroLinkServer#drain}. Immutable. From the call on it takes {@code delay}, {@code timeout} and
 * {@code closeTimeout} together at most, and less if connections allow.
 *
 * @param delay           how long everything goes on as before although the server is no longer ready, so that load balancers can notice
 * @param timeout         how long connections may stay whose handlers are busy with them
 * @param closeTimeout    time for last words and closing handshakes after that; what is left is cut
 * @param closesPerSecond how many connections are closed per second while {@code timeout} lasts, more if they would not all have their turn
 *                        in that time; 0 = all at once. Their peers are asked to come back over the same time
 * @param reconnectAfter  shortest time after which peers are asked to connect again
 * @param closesListeners whether the port is given up after the delay, for connections to wait for a successor that listens on the same
 *                        socket; if not, upgrades are answered with 503, and health routes go on answering
 * @param code            close code
 * @param reason          close reason
 */
public record DrainOptions(
        Duration delay,
        Duration timeout,
        Duration closeTimeout,
        int closesPerSecond,
        Duration reconnectAfter,
        boolean closesListeners,
        int code,
        String reason) {
    private static final Duration MAX = Duration.ofDays(1);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range; the message names it.
     */
    public DrainOptions {
        requireTime("delay", delay);
        requireTime("timeout", timeout);
        requireTime("closeTimeout", closeTimeout);
        requireTime("reconnectAfter", reconnectAfter);
        if (closesPerSecond < 0) {
            throw new IllegalArgumentException("closesPerSecond must not be negative: " + closesPerSecond);
        }
        CloseFrames.requireSendable(code, Objects.requireNonNull(reason, "reason"));
    }

    private static void requireTime(String name, Duration value) {
        if (value.isNegative() || value.compareTo(MAX) > 0) {
            throw new IllegalArgumentException(name + " must be zero to one day, not " + value);
        }
    }

    /** @return no delay, 10 s for busy connections, 5 s for closing handshakes, 500 closes per second. */
    public static DrainOptions defaults() {
        return builder().build();
    }

    /** @return a builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** All connections are closed at once and cut after a time. */
    static DrainOptions atOnce(Duration closeTimeout) {
        Duration limited = closeTimeout.isNegative() ? Duration.ZERO : closeTimeout.compareTo(MAX) > 0 ? MAX : closeTimeout;
        return builder().timeout(Duration.ZERO).closeTimeout(limited).closesPerSecond(0).build();
    }

    /** @return the longest it may take. */
    public Duration longest() {
        return delay.plus(timeout).plus(closeTimeout);
    }

    /** Over how long the closes of so many connections are spread. */
    Duration window(int connections) {
        if (closesPerSecond == 0) {
            return Duration.ZERO;
        }
        Duration window = Duration.ofNanos((long) (connections * 1e9 / closesPerSecond));
        return window.compareTo(timeout) < 0 ? window : timeout;
    }

    /** In the units of the loops. */
    DrainPlan toPlan(int connections) {
        return new DrainPlan(window(connections).toNanos(), timeout.toNanos(), closeTimeout.toNanos(), reconnectAfter.toNanos(), code,
                reason);
    }

    /** Collects the options. Not safe for use by several threads. */
    public static final class Builder {
        private Duration delay = Duration.ZERO;
        private Duration timeout = Duration.ofSeconds(10);
        private Duration closeTimeout = Duration.ofSeconds(5);
        private int closesPerSecond = 500;
        private Duration reconnectAfter = Duration.ofSeconds(1);
        private boolean closesListeners;
        private int code = CloseCode.GOING_AWAY;
        private String reason = "Server shutting down";

        private Builder() {
        }

        /**
         * @param value time during which everything goes on as before, though {@link NeuroLinkServer#isReady()} is false, up to a day;
         *              default zero.
         * @return this.
         */
        public Builder delay(Duration value) {
            delay = Objects.requireNonNull(value, "delay");
            return this;
        }

        /**
         * @param value time that busy connections get, up to a day; default 10 s.
         * @return this.
         */
        public Builder timeout(Duration value) {
            timeout = Objects.requireNonNull(value, "timeout");
            return this;
        }

        /**
         * @param value time for last words and closing handshakes after {@code timeout}, up to a day; default 5 s. A peer that does not
         *              answer its close frame is cut after the {@code closeTimeout} of its manager, if that is sooner.
         * @return this.
         */
        public Builder closeTimeout(Duration value) {
            closeTimeout = Objects.requireNonNull(value, "closeTimeout");
            return this;
        }

        /**
         * @param value connections closed per second; 0 = all at once; default 500.
         * @return this.
         */
        public Builder closesPerSecond(int value) {
            closesPerSecond = value;
            return this;
        }

        /**
         * @param value shortest time after which peers are asked to connect again, up to a day; default 1 s.
         * @return this.
         */
        public Builder reconnectAfter(Duration value) {
            reconnectAfter = Objects.requireNonNull(value, "reconnectAfter");
            return this;
        }

        /**
         * @param value whether the port is given up after the delay; default no.
         * @return this.
         */
        public Builder closesListeners(boolean value) {
            closesListeners = value;
            return this;
        }

        /**
         * @param newCode   close code; default 1001.
         * @param newReason close reason; default "Server shutting down".
         * @return this.
         */
        public Builder close(int newCode, String newReason) {
            code = newCode;
            reason = newReason;
            return this;
        }

        /**
         * @return the options.
         * @throws IllegalArgumentException if a value is out of range; the message names it.
         */
        public DrainOptions build() {
            return new DrainOptions(delay, timeout, closeTimeout, closesPerSecond, reconnectAfter, closesListeners, code, reason);
        }
    }
}
