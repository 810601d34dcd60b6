/** What several nodes on NATS cost beside one alone, measured: nodes, servers of NATS and clients, all on this machine. */
package io.neurolink.perf.cluster;
