package io.neurolink.perf.scale;

/** How a load balancer chooses the node of a new connection. */
enum Balancing {
    /** Any node, each alike. */
    RANDOM,
    /** A node with the fewest connections. */
    LEAST
}
