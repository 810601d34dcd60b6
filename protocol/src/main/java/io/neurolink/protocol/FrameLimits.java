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

    private static final long MAX_LENGTH = Integer.MAX_VALUE;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a limit is below 1.
     */
    public FrameLimits {
        requirePositive("maxMessageSize", maxMessageSize);
        requirePositive("maxFragments", maxFragments);
    }

    /**
     * What the payload of a compressed message may have on the wire. Data that does not compress becomes longer, by 5 bytes for each block
     * and each flush, so this is an eighth and 1 KiB above {@link #maxMessageSize}, which holds for the inflated message.
     *
     * @return bytes over all frames of the message.
     */
    public int maxCompressedLength() {
        return (int) Math.min(MAX_LENGTH, maxMessageSize + maxMessageSize / 8L + 1024);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
