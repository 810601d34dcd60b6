package io.neurolink.engine.cluster;

import io.neurolink.engine.cluster.Frame.Type;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many connections the users of a group have on other nodes, for limits that hold for all of them together. Each node tells the others
 * what has changed, under a version that grows by one; who has missed a version asks for everything.
 *
 * <p>Other threads mark users as changed and read sums; everything else is the cluster's thread.
 */
final class UserCounts {
    private final String group;
    private final LocalGroup local;
    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> elsewhere = new ConcurrentHashMap<>();
    private final Map<String, Integer> announced = new HashMap<>();
    private long version;

    UserCounts(String group, LocalGroup local) {
        this.group = group;
        this.local = local;
    }

    /** Any thread. */
    void mark(String userId) {
        changed.add(userId);
    }

    /** Any thread. @return connections of the user on other nodes. */
    int elsewhere(String userId) {
        return elsewhere.getOrDefault(userId, 0);
    }

    long version() {
        return version;
    }

    /** Tells the others what has changed, if anything has. */
    void announceChanges(Sender sender, int limit) {
        Map<String, Integer> changes = new HashMap<>();
        for (var users = changed.iterator(); changes.size() < limit && users.hasNext();) {
            String user = users.next();
            users.remove();
            int count = local.countOfUser(user);
            int before = announced.getOrDefault(user, 0);
            if (count != before) {
                changes.put(user, count);
                put(announced, user, count);
            }
        }
        if (!changes.isEmpty()) {
            version++;
            sender.sendControl(Subjects.NODES, Type.USERS, encode(sender.body(), version - 1, changes));
        }
    }

    /** Tells one node everything. */
    void announceAll(Sender sender, String nodeId) {
        sender.sendControl(Subjects.node(nodeId), Type.USERS, encode(sender.body(), -1, announced));
    }

    private BodyWriter encode(BodyWriter body, long since, Map<String, Integer> counts) {
        body.putText(group).putLong(since).putLong(version).putInt(counts.size());
        counts.forEach((user, count) -> body.putText(user).putInt(count));
        return body;
    }

    /**
     * A node has told of its users.
     *
     * @param body behind the name of the group.
     * @return false if something is missing before it.
     */
    boolean accept(Peer.Users peer, ByteBuffer body) {
        long since = body.getLong();
        long to = body.getLong();
        int count = body.getInt();
        if (since >= 0 && to <= peer.version) {
            return true;
        }
        if (since >= 0 && since != peer.version) {
            return false;
        }
        if (since < 0) {
            forget(peer);
        }
        for (int i = 0; i < count; i++) {
            String user = BodyWriter.getName(body);
            int now = Math.max(0, body.getInt());
            Integer before = now == 0 ? peer.counts.remove(user) : peer.counts.put(user, now);
            change(user, now - (before == null ? 0 : before));
        }
        peer.version = to;
        return true;
    }

    /** A node is gone, or tells everything anew. */
    void forget(Peer.Users peer) {
        peer.counts.forEach((user, count) -> change(user, -count));
        peer.counts.clear();
        peer.version = -1;
    }

    private void change(String user, int delta) {
        elsewhere.compute(user, (same, sum) -> {
            int now = (sum == null ? 0 : sum) + delta;
            return now <= 0 ? null : now;
        });
    }

    private static void put(Map<String, Integer> counts, String user, int count) {
        if (count == 0) {
            counts.remove(user);
        } else {
            counts.put(user, count);
        }
    }
}
