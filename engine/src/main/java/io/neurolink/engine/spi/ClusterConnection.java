package io.neurolink.engine.spi;

/**
 * A connection somewhere in a cluster, as its node told.
 *
 * @param nodeId    the node that has it
 * @param id        its identifier
 * @param userId    whom it belongs to, or null
 * @param path      path of its upgrade request
 * @param createdAt when it was established, milliseconds since the epoch by the clock of its node
 */
public record ClusterConnection(String nodeId, String id, String userId, String path, long createdAt) {
}
