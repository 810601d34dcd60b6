/**
 * What makes several servers one: {@link io.neurolink.engine.cluster.ClusterNode} is a duty with a thread of its own, between the bus and
 * the connection managers. Only that thread touches what is known of other nodes; everybody else hands over through bounded queues.
 */
package io.neurolink.engine.cluster;
