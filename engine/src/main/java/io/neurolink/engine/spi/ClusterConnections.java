package io.neurolink.engine.spi;

import java.util.List;
import java.util.Set;

/**
 * What the nodes of a cluster have answered.
 *
 * @param connections the connections of all nodes that answered, those of one node oldest first
 * @param total       how many connections those nodes have named or left out because they were too many
 * @param silentNodes nodes that were there and have not answered in time; what they have is missing
 */
public record ClusterConnections(List<ClusterConnection> connections, long total, Set<String> silentNodes) {
    /** Copies the collections. */
    public ClusterConnections {
        connections = List.copyOf(connections);
        silentNodes = Set.copyOf(silentNodes);
    }

    /** {@return whether all nodes have answered, with all they have} */
    public boolean isComplete() {
        return silentNodes.isEmpty() && total == connections.size();
    }
}
