package io.neurolink.agent.session;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Finds out whether the nodes live whose runs are followed here, by asking each of them once a second. One is taken for dead after {@value
 * #MAX_MISSES} questions without an answer, one after the other: not after a time, since this node may have stood still itself. What cannot
 * be asked because there is no connection does not count. Any thread.
 */
final class RunOwners {
    static final long INTERVAL_MS = 1000;
    static final int MAX_MISSES = 6;

    private final RunCluster cluster;
    private final Map<String, Owner> owners = new ConcurrentHashMap<>();
    private final AtomicBoolean isArmed = new AtomicBoolean();

    private static final class Owner {
        private final Set<FollowedRun> runs = ConcurrentHashMap.newKeySet();
        private final AtomicInteger misses = new AtomicInteger();
        private final AtomicBoolean isAsked = new AtomicBoolean();
    }

    RunOwners(RunCluster cluster) {
        this.cluster = cluster;
    }

    /** A run of that node is followed from now on; the run is told when its node is dead. */
    void add(String node, FollowedRun run) {
        owners.compute(node, (name, known) -> {
            Owner owner = known == null ? new Owner() : known;
            owner.runs.add(run);
            return owner;
        });
        arm();
    }

    /** The run is not followed any more. */
    void remove(String node, FollowedRun run) {
        owners.computeIfPresent(node, (name, owner) -> {
            owner.runs.remove(run);
            return owner.runs.isEmpty() ? null : owner;
        });
    }

    /** There is a connection again: what was not answered before does not count. */
    void onConnected() {
        owners.values().forEach(owner -> owner.misses.set(0));
    }

    /** @return whether it has not answered the last question. */
    boolean isSuspect(String node) {
        Owner owner = owners.get(node);
        return owner != null && owner.misses.get() > 0;
    }

    private void arm() {
        if (!owners.isEmpty() && isArmed.compareAndSet(false, true) && !cluster.later(this::tick, INTERVAL_MS)) {
            isArmed.set(false);
        }
    }

    private void tick() {
        isArmed.set(false);
        if (cluster.replication().isConnected()) {
            owners.forEach(this::ask);
        }
        arm();
    }

    private void ask(String node, Owner owner) {
        if (!owner.isAsked.compareAndSet(false, true)) {
            return;
        }
        cluster.request(node, writer -> writer.begin("alive").end()).whenComplete((answer, error) -> {
            owner.isAsked.set(false);
            if (error == null) {
                owner.misses.set(0);
            } else if (cluster.replication().isConnected() && owner.misses.incrementAndGet() >= MAX_MISSES) {
                owner.runs.forEach(FollowedRun::onOwnerGone);
            }
        });
    }
}
