package io.neurolink.protocol;

/**
 * What a {@link FrameDecoder} accepts of a peer at most. Immutable; one instance serves all connections of an endpoint.
 *
 * @param maxMessageSize payload bytes of one message over all its frames; at least 1.
 * @param maxFragments frames that one message may have, empty ones counted; at least 1, and 1 forbids fragmentation.
 * @param maxStreamedMessageSize takes the place of the two for messages that are handed on in parts and not kept: payload bytes of one
 *                               message over all its frames; at least 1.
 */
public record FrameLimits(int maxMessageSize, int maxFragments, long maxStreamedMessageSize) {
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
        requirePositive("maxStreamedMessageSize", maxStreamedMessageSize);
    }

    /**
     * Limits where no message is handed on in parts, or such a message may have any size.
     *
     * @param maxMessageSize payload bytes of one message.
     * @param maxFragments frames that one message may have.
     * @throws IllegalArgumentException if a limit is below 1.
     */
    public FrameLimits(int maxMessageSize, int maxFragments) {
        this(maxMessageSize, maxFragments, Long.MAX_VALUE);
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

    /**
     * The same for a message that is handed on in parts.
     *
     * @return bytes over all frames of the message.
     */
    public long maxStreamedCompressedLength() {
        long margin = maxStreamedMessageSize / 8 + 1024;
        return maxStreamedMessageSize > Long.MAX_VALUE - margin ? Long.MAX_VALUE : maxStreamedMessageSize + margin;
    }

    private static void requirePositive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
