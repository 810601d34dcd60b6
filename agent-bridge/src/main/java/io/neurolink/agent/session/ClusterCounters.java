package io.neurolink.agent.session;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What happened to the runs of a cluster on this node. Any thread. */
final class ClusterCounters {
    final AtomicInteger followed = new AtomicInteger();
    final LongAdder replicatedRecords = new LongAdder();
    final LongAdder replicatedBytes = new LongAdder();
    final LongAdder replicationFailures = new LongAdder();
    final LongAdder replicationGaps = new LongAdder();
    final LongAdder replicationLost = new LongAdder();
    final LongAdder takeovers = new LongAdder();
    final LongAdder fenced = new LongAdder();
    final LongAdder forwarded = new LongAdder();
    final LongAdder forwardFailures = new LongAdder();

    /** @param isConnected whether the logs can be reached. */
    void addTo(Map<String, Long> map, boolean isConnected) {
        map.put("runs.replication_connected", isConnected ? 1L : 0L);
        map.put("runs.followed", (long) followed.get());
        map.put("runs.replicated_records", replicatedRecords.sum());
        map.put("runs.replicated_bytes", replicatedBytes.sum());
        map.put("runs.replication_failures", replicationFailures.sum());
        map.put("runs.replication_gaps", replicationGaps.sum());
        map.put("runs.replication_lost", replicationLost.sum());
        map.put("runs.takeovers", takeovers.sum());
        map.put("runs.fenced", fenced.sum());
        map.put("runs.forwarded", forwarded.sum());
        map.put("runs.forward_failures", forwardFailures.sum());
    }
}
