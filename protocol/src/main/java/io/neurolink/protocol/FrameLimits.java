package io.neurolink.protocol;

/**
 * What a {@link FrameDecoder} accepts of a peer at most. Immutable; one instance serves all connections of an endpoint.
 *
 * @param maxMessageSize payload bytes of one message over all its frames; at least 1.
 * @param maxFragments frames that one message may have, empty ones counted; at least 1, and 1 forbids fragmentation.
 */
public record FrameLimits(int maxMessageSize, int maxFragments) {
    /** One MiB in at most 1024 frames. */
    public static final FrameLimits DEFAULTS = new FrameLimits(1024 * 1024, 1024);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a limit is below 1.
     */
    public FrameLimits {
        requirePositive("maxMessageSize", maxMessageSize);
        requirePositive("maxFragments", maxFragments);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
