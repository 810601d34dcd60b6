package io.neurolink.engine.spi;

/**
 * Watches a node's place in its cluster. The calls come from the node's cluster thread, one at a time: they must not block for long, since
 * messages of other nodes wait meanwhile; what they throw is counted and dropped.
 */
public interface ClusterListener {
    /**
     * This node can reach the bus.
     *
     * @param dropped how many messages for other nodes were dropped since it could reach it last.
     */
    default void onConnected(long dropped) {
    }

    /**
     * This node cannot reach the bus, and goes on alone until it can.
     *
     * @param cause why.
     */
    default void onLost(String cause) {
    }

    /**
     * Messages were dropped because there was no room, or no bus for too long. Called once in a heartbeat interval at most.
     *
     * @param outgoing how many for other nodes, since this was called last.
     * @param incoming how many of other nodes.
     */
    default void onDropped(long outgoing, long incoming) {
    }

    /**
     * A node was heard of that was not there before, or started anew.
     *
     * @param member the node.
     */
    default void onNodeJoined(ClusterMember member) {
    }

    /**
     * A node is not there any more.
     *
     * @param member    the node.
     * @param isOrderly whether it said so; else it was not heard of for the node timeout: it died, or the bus does not reach it.
     */
    default void onNodeLeft(ClusterMember member, boolean isOrderly) {
    }
}
