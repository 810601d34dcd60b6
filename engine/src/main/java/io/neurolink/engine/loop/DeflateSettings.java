package io.neurolink.engine.loop;

import io.neurolink.protocol.deflate.DeflateParameters;

/**
 * What the loop has to know of an endpoint's compression, in the units it works with.
 *
 * @param wanted       what is to be agreed on with a peer; where context takeover finds no room, it is agreed on without
 * @param threshold    shorter messages are sent uncompressed, in bytes
 * @param level        1 (fast) to 9 (small)
 * @param maxRatio     a compressed message may inflate to at most this many times its length; 0 = no such limit
 * @param maxDedicated connections with context takeover at the same time, over all loops
 * @param idleNs       time after which the compressor of a connection that does not send is given back
 */
public record DeflateSettings(DeflateParameters wanted, int threshold, int level, int maxRatio, int maxDedicated, long idleNs) {
}
