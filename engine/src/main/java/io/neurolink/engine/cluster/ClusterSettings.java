package io.neurolink.engine.cluster;

import io.neurolink.engine.spi.ClusterListener;

/**
 * Sizes and times of a node.
 *
 * @param nodeId              its name
 * @param heartbeatIntervalNs time between signs of life
 * @param nodeTimeoutNs       silence after which another node is taken for dead
 * @param answerTimeoutNs     how long answers of other nodes are waited for
 * @param maxBufferedBytes    bytes that may wait for the bus, and as much again from it
 * @param bufferTimeNs        how long a message may wait for the bus
 * @param listener            is told of everything
 */
public record ClusterSettings(
        String nodeId, long heartbeatIntervalNs, long nodeTimeoutNs, long answerTimeoutNs, long maxBufferedBytes, long bufferTimeNs,
        ClusterListener listener) {
}
