package io.neurolink.engine.spi;

/**
 * A node of a cluster, as another one has heard of it.
 *
 * @param nodeId      its name
 * @param epoch       tells its starts apart: milliseconds since 1970 of the last one, by its own clock
 * @param connections how many connections it has, of all managers
 * @param silentMs    how long ago it was heard of, in milliseconds; 0 for this node itself
 * @param isSelf      whether it is this node
 */
public record ClusterMember(String nodeId, long epoch, int connections, long silentMs, boolean isSelf) {
}
