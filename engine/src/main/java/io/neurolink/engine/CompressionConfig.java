package io.neurolink.engine;

import io.neurolink.engine.loop.DeflateSettings;
import io.neurolink.engine.loop.EndpointDeflate;
import io.neurolink.protocol.deflate.DeflateParameters;
import java.time.Duration;
import java.util.Objects;

/**
 * Whether and how messages are compressed: permessage-deflate (RFC 7692). Immutable; begin with {@link #off()}, {@link #shared()} or
 * {@link #dedicated()}. A client that does not offer compression is served without.
 *
 * @param mode                who keeps what between messages; default {@link Mode#OFF}
 * @param threshold           shorter messages are sent uncompressed, in bytes; default 1024, at least 0
 * @param level               1 (fast) to 9 (small); default 3
 * @param serverMaxWindowBits window of the server's compressor, 8 to 15: 256 bytes to 32 KiB; smaller ones compress less; default 15.
 *                            Where a client asks for less it gets less.
 * @param clientMaxWindowBits window asked of clients that let themselves be asked, 8 to 15; with {@link Mode#DEDICATED} that much is kept
 *                            for each connection; default 15
 * @param maxRatio            what is more than 64 KiB when inflated may be at most this many times as long as it was, else the connection
 *                            is closed with 1008; default 0 = no limit but {@link WebSocketConfig#maxMessageSize()}, which always holds
 * @param maxDedicated        connections with context takeover at the same time with {@link Mode#DEDICATED}; further ones are compressed
 *                            without; each takes at most 32 KiB, and 264 KiB more while it sends; default 128, at least 1
 * @param dedicatedIdleTimeout time after which the compressor of a connection to which nothing was sent is given back; default 10 s
 */
public record CompressionConfig(
        Mode mode,
        int threshold,
        int level,
        int serverMaxWindowBits,
        int clientMaxWindowBits,
        int maxRatio,
        int maxDedicated,
        Duration dedicatedIdleTimeout) {

    /** Who keeps what between messages. */
    public enum Mode {
        /** Nothing is compressed. */
        OFF,
        /** Every message stands for itself: one compressor and one decompressor per event loop serve all connections. */
        SHARED,
        /** Messages may refer to those before, which makes small similar ones much shorter; costs memory per connection. */
        DEDICATED
    }

    private static final int DEFAULT_THRESHOLD = 1024;
    private static final int DEFAULT_LEVEL = 3;
    private static final int DEFAULT_MAX_DEDICATED = 128;
    private static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(10);
    private static final CompressionConfig OFF = ofMode(Mode.OFF);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of its range; the message names it.
     */
    public CompressionConfig {
        Objects.requireNonNull(mode, "mode");
        require(threshold >= 0, "threshold must be at least 0, not " + threshold);
        require(level >= 1 && level <= 9, "level must be 1 to 9, not " + level);
        requireWindow("serverMaxWindowBits", serverMaxWindowBits);
        requireWindow("clientMaxWindowBits", clientMaxWindowBits);
        require(maxRatio >= 0, "maxRatio must be at least 0, not " + maxRatio);
        require(maxDedicated >= 1, "maxDedicated must be at least 1, not " + maxDedicated);
        require(!dedicatedIdleTimeout.isNegative() && !dedicatedIdleTimeout.isZero(),
                "dedicatedIdleTimeout must be more than zero: " + dedicatedIdleTimeout);
    }

    private static void requireWindow(String name, int bits) {
        require(bits >= DeflateParameters.MIN_WINDOW_BITS && bits <= DeflateParameters.MAX_WINDOW_BITS,
                name + " must be 8 to 15, not " + bits);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private static CompressionConfig ofMode(Mode mode) {
        return new CompressionConfig(mode, DEFAULT_THRESHOLD, DEFAULT_LEVEL, DeflateParameters.MAX_WINDOW_BITS,
                DeflateParameters.MAX_WINDOW_BITS, 0, DEFAULT_MAX_DEDICATED, DEFAULT_IDLE_TIMEOUT);
    }

    /** {@return no compression} */
    public static CompressionConfig off() {
        return OFF;
    }

    /** {@return compression without context takeover} */
    public static CompressionConfig shared() {
        return ofMode(Mode.SHARED);
    }

    /** {@return compression with context takeover, for as many connections as {@link #maxDedicated()}} */
    public static CompressionConfig dedicated() {
        return ofMode(Mode.DEDICATED);
    }

    /**
     * {@return the defaults with that mode}
     *
     * @param newMode who keeps what between messages.
     */
    public static CompressionConfig of(Mode newMode) {
        return ofMode(newMode);
    }

    /**
     * {@return a copy with that threshold}
     *
     * @param bytes shorter messages are sent uncompressed; at least 0.
     */
    public CompressionConfig withThreshold(int bytes) {
        return new CompressionConfig(mode, bytes, level, serverMaxWindowBits, clientMaxWindowBits, maxRatio, maxDedicated,
                dedicatedIdleTimeout);
    }

    /**
     * {@return a copy with that level}
     *
     * @param newLevel 1 (fast) to 9 (small).
     */
    public CompressionConfig withLevel(int newLevel) {
        return new CompressionConfig(mode, threshold, newLevel, serverMaxWindowBits, clientMaxWindowBits, maxRatio, maxDedicated,
                dedicatedIdleTimeout);
    }

    /**
     * {@return a copy with those windows}
     *
     * @param server window of the server's compressor, 8 to 15.
     * @param client window asked of clients, 8 to 15.
     */
    public CompressionConfig withMaxWindowBits(int server, int client) {
        return new CompressionConfig(mode, threshold, level, server, client, maxRatio, maxDedicated, dedicatedIdleTimeout);
    }

    /**
     * {@return a copy with that limit}
     *
     * @param ratio how many times its length a message may inflate to; 0 = no limit.
     */
    public CompressionConfig withMaxRatio(int ratio) {
        return new CompressionConfig(mode, threshold, level, serverMaxWindowBits, clientMaxWindowBits, ratio, maxDedicated,
                dedicatedIdleTimeout);
    }

    /**
     * {@return a copy with those bounds}
     *
     * @param count       connections with context takeover at the same time, at least 1.
     * @param idleTimeout time after which a compressor that is not used is given back, more than zero.
     */
    public CompressionConfig withDedicated(int count, Duration idleTimeout) {
        return new CompressionConfig(mode, threshold, level, serverMaxWindowBits, clientMaxWindowBits, maxRatio, count, idleTimeout);
    }

    /** As the loops see it; null if nothing is compressed. */
    EndpointDeflate toEndpoint() {
        if (mode == Mode.OFF) {
            return null;
        }
        boolean isShared = mode == Mode.SHARED;
        DeflateParameters wanted = new DeflateParameters(isShared, isShared, serverMaxWindowBits, clientMaxWindowBits);
        return new EndpointDeflate(
                new DeflateSettings(wanted, threshold, level, maxRatio, maxDedicated, dedicatedIdleTimeout.toNanos()));
    }
}
