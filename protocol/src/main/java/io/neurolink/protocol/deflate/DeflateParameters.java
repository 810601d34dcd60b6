package io.neurolink.protocol.deflate;

import io.neurolink.protocol.Role;

/**
 * A set of the four parameters of permessage-deflate (RFC 7692, section 7.1): what a side wants, or what both have agreed on. Immutable.
 *
 * @param serverNoContextTakeover whether the server compresses every message without looking back at those before
 * @param clientNoContextTakeover whether the client does
 * @param serverMaxWindowBits     the server looks back at most 2 to the power of this many bytes, {@value #MIN_WINDOW_BITS} to
 *                                {@value #MAX_WINDOW_BITS}
 * @param clientMaxWindowBits     the same of the client
 */
public record DeflateParameters(
        boolean serverNoContextTakeover, boolean clientNoContextTakeover, int serverMaxWindowBits, int clientMaxWindowBits) {
    /** The smallest window there is: 256 bytes. */
    public static final int MIN_WINDOW_BITS = 8;

    /** The largest window there is, and the one meant where nothing is said: 32 KiB. */
    public static final int MAX_WINDOW_BITS = 15;

    /** Nothing restricted: both sides look back over messages, with the largest window. */
    public static final DeflateParameters UNRESTRICTED = new DeflateParameters(false, false, MAX_WINDOW_BITS, MAX_WINDOW_BITS);

    /** Every message stands for itself, in both directions, so that neither side keeps anything between messages. */
    public static final DeflateParameters NO_CONTEXT_TAKEOVER = new DeflateParameters(true, true, MAX_WINDOW_BITS, MAX_WINDOW_BITS);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a window is not in 8 to 15.
     */
    public DeflateParameters {
        requireWindowBits("serverMaxWindowBits", serverMaxWindowBits);
        requireWindowBits("clientMaxWindowBits", clientMaxWindowBits);
    }

    private static void requireWindowBits(String name, int value) {
        if (value < MIN_WINDOW_BITS || value > MAX_WINDOW_BITS) {
            throw new IllegalArgumentException(
                    name + " must be in " + MIN_WINDOW_BITS + " to " + MAX_WINDOW_BITS + ", not " + value);
        }
    }

    /**
     * How far back the messages that a side sends may look.
     *
     * @param role who sends them.
     * @return window bits, 8 to 15.
     */
    public int outboundWindowBits(Role role) {
        return role == Role.SERVER ? serverMaxWindowBits : clientMaxWindowBits;
    }

    /**
     * How far back the messages that a side receives may look.
     *
     * @param role who receives them.
     * @return window bits, 8 to 15.
     */
    public int inboundWindowBits(Role role) {
        return role == Role.SERVER ? clientMaxWindowBits : serverMaxWindowBits;
    }

    /**
     * Says whether a message that a side sends may look back at those it sent before.
     *
     * @param role who sends it.
     * @return true with context takeover.
     */
    public boolean keepsOutboundContext(Role role) {
        return role == Role.SERVER ? !serverNoContextTakeover : !clientNoContextTakeover;
    }

    /**
     * Says whether a message that a side receives may look back at those before, so that these must be kept.
     *
     * @param role who receives it.
     * @return true with context takeover.
     */
    public boolean keepsInboundContext(Role role) {
        return role == Role.SERVER ? !clientNoContextTakeover : !serverNoContextTakeover;
    }
}
