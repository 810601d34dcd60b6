package io.neurolink.engine;

import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Everything that can be set for the connections of one {@link WebSocketConnectionManager}. Made by {@link #builder()}, which checks the
 * values; immutable; {@link #toString()} prints all concluded values but no secret.
 *
 * @param path                path served when a handler is registered without one; default {@code /ws}
 * @param maxConnections      concurrent connections; the next upgrade is answered with 503; default 1000, at least 1
 * @param maxConnectionsPerUser concurrent connections of one authenticated user; the next upgrade is answered with 503; default 0 = no
 *                              limit
 * @param pingInterval        time between pings; default 30 s; zero disables them
 * @param pongTimeout         time for any byte to come in after a ping; then the connection is closed; default 10 s
 * @param pingMode            protocol pings, or JSON messages for clients that cannot see those; default {@link PingMode#PROTOCOL}
 * @param idleTimeout         time without traffic in either direction after which the connection is closed; default zero = never
 * @param maxMessageSize      largest message accepted, in bytes of payload; larger ones are answered with close 1009; default 1 MiB
 * @param maxFragments        frames one message may consist of, empty ones included; more are answered with close 1008; default 4096
 * @param maxStreamedMessageSize largest message accepted by handlers that take messages in parts, in bytes of payload; larger ones are
 *                            answered with close 1009; default {@code Long.MAX_VALUE} = no limit, as nothing of it is kept
 * @param maxControlFramesPerSecond pings, pongs and empty frames a connection may send per second; more are answered with close 1008;
 *                            default 1000; 0 = no limit
 * @param rateLimits          messages and bytes a connection or a user may send per second; default {@link RateLimits#none()}
 * @param maxBufferedBytes    bytes that may wait for a slow peer before the slow-consumer policy applies; default 4 MiB, or twice {@code
 *                            maxMessageSize} if that is more
 * @param writableHighMark    buffered bytes above which {@code isWritable} is false; default 256 KiB
 * @param writableLowMark     buffered bytes below which it is true again; default 64 KiB
 * @param slowConsumerPolicy  what happens above {@code maxBufferedBytes}; default {@link SlowConsumerPolicy#CLOSE}
 * @param closeTimeout        time for the peer to answer a close frame, and for a refused peer to read why; default 5 s
 * @param handlerThreading    which thread calls the handlers; default {@link HandlerThreading#WORKER}
 * @param deliverControlFrames whether ping, pong and close frames are also delivered as messages; default no
 * @param subprotocols        subprotocols spoken, in order of preference; the first that a client offers is agreed on; default none
 * @param allowedOrigins      {@code Origin} values that may connect, {@code *} for any; empty = same host as the request; default empty
 * @param compression         whether and how messages are compressed; default {@link CompressionConfig#off()}
 * @param auth                who may connect; default {@link AuthConfig#none()}
 * @param listener            told of connections and refusals; default one that does nothing
 */
public record WebSocketConfig(
        String path,
        int maxConnections,
        int maxConnectionsPerUser,
        Duration pingInterval,
        Duration pongTimeout,
        PingMode pingMode,
        Duration idleTimeout,
        int maxMessageSize,
        int maxFragments,
        long maxStreamedMessageSize,
        int maxControlFramesPerSecond,
        RateLimits rateLimits,
        int maxBufferedBytes,
        int writableHighMark,
        int writableLowMark,
        SlowConsumerPolicy slowConsumerPolicy,
        Duration closeTimeout,
        HandlerThreading handlerThreading,
        boolean deliverControlFrames,
        List<String> subprotocols,
        Set<String> allowedOrigins,
        CompressionConfig compression,
        AuthConfig auth,
        EngineListener listener) {

    /** How a living connection is probed. */
    public enum PingMode {
        /** Ping frames (RFC 6455 section 5.5.2), answered by every client without the application seeing them. */
        PROTOCOL,
        /** Text messages {@code {"type":"ping","timestamp":…}}, for clients that must see the heartbeat. */
        JSON
    }

    /** {@return a builder with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the defaults} */
    public static WebSocketConfig defaults() {
        return builder().build();
    }

    /** Collects the values and checks them. Not safe for use by several threads. */
    public static final class Builder {
        private static final int DEFAULT_MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
        private static final int DEFAULT_HIGH_MARK = 256 * 1024;

        private String path = "/ws";
        private int maxConnections = 1000;
        private int maxConnectionsPerUser;
        private Duration pingInterval = Duration.ofSeconds(30);
        private Duration pongTimeout = Duration.ofSeconds(10);
        private PingMode pingMode = PingMode.PROTOCOL;
        private Duration idleTimeout = Duration.ZERO;
        private int maxMessageSize = 1024 * 1024;
        private int maxFragments = 4096;
        private long maxStreamedMessageSize = Long.MAX_VALUE;
        private int maxControlFramesPerSecond = 1000;
        private RateLimits rateLimits = RateLimits.none();
        private int maxBufferedBytes;
        private boolean isMaxBufferedBytesSet;
        private boolean areMarksSet;
        private int writableHighMark;
        private int writableLowMark;
        private SlowConsumerPolicy slowConsumerPolicy = SlowConsumerPolicy.CLOSE;
        private Duration closeTimeout = Duration.ofSeconds(5);
        private HandlerThreading handlerThreading = HandlerThreading.WORKER;
        private boolean deliverControlFrames;
        private List<String> subprotocols = List.of();
        private Set<String> allowedOrigins = Set.of();
        private CompressionConfig compression = CompressionConfig.off();
        private AuthConfig auth = AuthConfig.none();
        private EngineListener listener = new EngineListener() { };

        private Builder() {
        }

        /**
         * Sets the path.
         *
         * @param value path of the endpoint, starting with a slash.
         * @return this.
         */
        public Builder path(String value) {
            path = value;
            return this;
        }

        /**
         * Limits the connections.
         *
         * @param value concurrent connections, at least 1.
         * @return this.
         */
        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        /**
         * Limits the connections per user.
         *
         * @param value concurrent connections of one user; 0 = no limit.
         * @return this.
         */
        public Builder maxConnectionsPerUser(int value) {
            maxConnectionsPerUser = value;
            return this;
        }

        /**
         * Sets the ping interval.
         *
         * @param value time between pings; zero disables them.
         * @return this.
         */
        public Builder pingInterval(Duration value) {
            pingInterval = value;
            return this;
        }

        /**
         * Sets the pong timeout.
         *
         * @param value time for an answer to a ping, more than zero.
         * @return this.
         */
        public Builder pongTimeout(Duration value) {
            pongTimeout = value;
            return this;
        }

        /**
         * Sets the ping mode.
         *
         * @param value how connections are probed.
         * @return this.
         */
        public Builder pingMode(PingMode value) {
            pingMode = value;
            return this;
        }

        /**
         * Sets the idle timeout.
         *
         * @param value time without traffic after which a connection is closed; zero = never.
         * @return this.
         */
        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        /**
         * Limits the message size.
         *
         * @param value largest message in bytes, at least 1.
         * @return this.
         */
        public Builder maxMessageSize(int value) {
            maxMessageSize = value;
            return this;
        }

        /**
         * Limits the fragments.
         *
         * @param value frames per message, at least 1.
         * @return this.
         */
        public Builder maxFragments(int value) {
            maxFragments = value;
            return this;
        }

        /**
         * Limits the streamed message size.
         *
         * @param value see {@link WebSocketConfig#maxStreamedMessageSize()}.
         * @return this.
         */
        public Builder maxStreamedMessageSize(long value) {
            maxStreamedMessageSize = value;
            return this;
        }

        /**
         * Limits the control frames per second.
         *
         * @param value pings, pongs and empty frames of a connection per second; 0 = no limit.
         * @return this.
         */
        public Builder maxControlFramesPerSecond(int value) {
            maxControlFramesPerSecond = value;
            return this;
        }

        /**
         * Sets the rate limits.
         *
         * @param value messages and bytes of a connection or a user per second.
         * @return this.
         */
        public Builder rateLimits(RateLimits value) {
            rateLimits = value;
            return this;
        }

        /**
         * Limits the buffered bytes.
         *
         * @param value bytes that may wait for a peer, at least 1024.
         * @return this.
         */
        public Builder maxBufferedBytes(int value) {
            maxBufferedBytes = value;
            isMaxBufferedBytesSet = true;
            return this;
        }

        /**
         * Sets the writable marks.
         *
         * @param low  buffered bytes below which a connection becomes writable again.
         * @param high buffered bytes above which it stops being writable, at most {@code maxBufferedBytes}.
         * @return this.
         */
        public Builder writableMarks(int low, int high) {
            writableLowMark = low;
            areMarksSet = true;
            writableHighMark = high;
            return this;
        }

        /**
         * Sets the slow consumer policy.
         *
         * @param value what happens to a peer that reads too slowly.
         * @return this.
         */
        public Builder slowConsumerPolicy(SlowConsumerPolicy value) {
            slowConsumerPolicy = value;
            return this;
        }

        /**
         * Sets the close timeout.
         *
         * @param value time for the closing handshake, more than zero.
         * @return this.
         */
        public Builder closeTimeout(Duration value) {
            closeTimeout = value;
            return this;
        }

        /**
         * Sets the handler threading.
         *
         * @param value which thread calls the handlers.
         * @return this.
         */
        public Builder handlerThreading(HandlerThreading value) {
            handlerThreading = value;
            return this;
        }

        /**
         * Says whether control frames are delivered.
         *
         * @param value whether control frames are delivered as messages too.
         * @return this.
         */
        public Builder deliverControlFrames(boolean value) {
            deliverControlFrames = value;
            return this;
        }

        /**
         * Sets the subprotocols.
         *
         * @param values subprotocols spoken, in order of preference.
         * @return this.
         */
        public Builder subprotocols(String... values) {
            subprotocols = List.of(values);
            return this;
        }

        /**
         * Sets the allowed origins.
         *
         * @param values {@code Origin} values that may connect, or {@code *}.
         * @return this.
         */
        public Builder allowedOrigins(String... values) {
            allowedOrigins = Set.of(values);
            return this;
        }

        /**
         * Sets the compression.
         *
         * @param value whether and how messages are compressed.
         * @return this.
         */
        public Builder compression(CompressionConfig value) {
            compression = value;
            return this;
        }

        /**
         * Sets the authentication.
         *
         * @param value who may connect.
         * @return this.
         */
        public Builder auth(AuthConfig value) {
            auth = value;
            return this;
        }

        /**
         * Sets the listener.
         *
         * @param value told of connections and refusals.
         * @return this.
         */
        public Builder listener(EngineListener value) {
            listener = value;
            return this;
        }

        /**
         * {@return the checked configuration}
         *
         * @throws IllegalArgumentException if a value is out of range; the message names it.
         */
        public WebSocketConfig build() {
            concludeBuffers();
            require(path.startsWith("/"), "path must start with '/', not '" + path + "'");
            require(maxConnections >= 1, "maxConnections must be at least 1, not " + maxConnections);
            require(maxConnectionsPerUser >= 0, "maxConnectionsPerUser must not be negative: " + maxConnectionsPerUser);
            require(!pingInterval.isNegative(), "pingInterval must not be negative: " + pingInterval);
            require(isPositive(pongTimeout), "pongTimeout must be more than zero: " + pongTimeout);
            require(!idleTimeout.isNegative(), "idleTimeout must not be negative: " + idleTimeout);
            require(maxMessageSize >= 1, "maxMessageSize must be at least 1 byte, not " + maxMessageSize);
            require(maxFragments >= 1, "maxFragments must be at least 1, not " + maxFragments);
            require(maxStreamedMessageSize >= 1, "maxStreamedMessageSize must be at least 1 byte, not " + maxStreamedMessageSize);
            require(maxControlFramesPerSecond >= 0, "maxControlFramesPerSecond must not be negative: " + maxControlFramesPerSecond);
            requireBurst("bytes", rateLimits.bytes());
            requireBurst("userBytes", rateLimits.userBytes());
            require(maxBufferedBytes >= 1024, "maxBufferedBytes must be at least 1024, not " + maxBufferedBytes);
            require(writableLowMark >= 0 && writableLowMark <= writableHighMark && writableHighMark <= maxBufferedBytes,
                    "writableMarks must be 0 <= low <= high <= maxBufferedBytes, not low " + writableLowMark + ", high " + writableHighMark
                            + ", maxBufferedBytes " + maxBufferedBytes);
            require(isPositive(closeTimeout), "closeTimeout must be more than zero: " + closeTimeout);
            Objects.requireNonNull(pingMode, "pingMode");
            Objects.requireNonNull(slowConsumerPolicy, "slowConsumerPolicy");
            Objects.requireNonNull(handlerThreading, "handlerThreading");
            Objects.requireNonNull(compression, "compression");
            Objects.requireNonNull(auth, "auth");
            Objects.requireNonNull(listener, "listener");
            return new WebSocketConfig(path, maxConnections, maxConnectionsPerUser, pingInterval, pongTimeout, pingMode, idleTimeout,
                    maxMessageSize, maxFragments, maxStreamedMessageSize, maxControlFramesPerSecond, rateLimits, maxBufferedBytes,
                    writableHighMark, writableLowMark, slowConsumerPolicy, closeTimeout, handlerThreading, deliverControlFrames,
                    subprotocols, allowedOrigins, compression, auth, listener);
        }

        /** What was not set follows from what was. */
        private void concludeBuffers() {
            if (!isMaxBufferedBytesSet) {
                maxBufferedBytes = (int) Math.min(Integer.MAX_VALUE, Math.max(DEFAULT_MAX_BUFFERED_BYTES, 2L * maxMessageSize));
            }
            if (!areMarksSet) {
                writableHighMark = Math.min(DEFAULT_HIGH_MARK, maxBufferedBytes);
                writableLowMark = writableHighMark / 4;
            }
        }

        /** A message that never fits would never be let through. */
        private void requireBurst(String name, RateLimits.Rate rate) {
            require(rate == null || rate.burst() >= maxMessageSize,
                    "the burst of rateLimits." + name + " must be at least maxMessageSize, " + maxMessageSize + " bytes");
        }

        private static boolean isPositive(Duration duration) {
            return !duration.isNegative() && !duration.isZero();
        }

        private static void require(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
