package io.neurolink.engine.cluster;

import io.neurolink.engine.cluster.Frame.Type;
import io.neurolink.engine.spi.ClusterMember;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The other nodes: heard of by what they send, forgotten when they say good-bye or fall silent. The cluster's thread, but for {@link
 * #members} and {@link #connections}.
 */
final class Peers {
    private static final System.Logger LOGGER = System.getLogger("io.neurolink.engine.cluster");
    private static final int MAX_PEERS = 4096;
    private static final int HELLO = 1;
    private static final int ASSEMBLY_FACTOR = 4;

    private final Map<String, Peer> peers = new HashMap<>();
    private final Map<String, State> states = new ConcurrentHashMap<>();
    private final ClusterNode node;
    private final ClusterSettings settings;
    private final CounterSet counters;
    private final AssemblyBudget budget;
    private boolean isConflictKnown;

    /**
     * What other threads may see of a node.
     *
     * @param epoch       of the node
     * @param connections by group
     * @param heardNs     when it was heard of last
     */
    private record State(long epoch, Map<String, Integer> connections, long heardNs) {
        int total() {
            return connections.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    Peers(ClusterNode node, ClusterSettings settings, CounterSet counters) {
        this.node = node;
        this.settings = settings;
        this.counters = counters;
        this.budget = new AssemblyBudget(ASSEMBLY_FACTOR * settings.maxBufferedBytes());
    }

    // ------------------------------------------------------------------ frames

    /** @return the whole body that the frame completes, or null. */
    ByteBuffer accept(Frame frame, long nowNs) {
        if (frame.nodeId().equals(settings.nodeId())) {
            checkConflict(frame);
            return null;
        }
        Peer peer = peerOf(frame, nowNs);
        if (peer == null) {
            return null;
        }
        peer.lastHeardNs = nowNs;
        return (frame.type().isControl() ? peer.control : peer.messages).accept(frame);
    }

    /** The bus may bring back what this node says itself; under its name but with another epoch it is somebody else. */
    private void checkConflict(Frame frame) {
        if (frame.epoch() != node.epoch() && !isConflictKnown) {
            isConflictKnown = true;
            LOGGER.log(Level.ERROR, "another node of the cluster has the name " + settings.nodeId()
                    + " too: messages between the two are lost until one of them has another name");
        }
    }

    private Peer peerOf(Frame frame, long nowNs) {
        Peer present = peers.get(frame.nodeId());
        if (present != null && present.epoch >= frame.epoch()) {
            return present.epoch == frame.epoch() ? present : refuse();
        }
        if (present != null) {
            remove(present, "has started anew without a good-bye", nowNs);
        }
        if (peers.size() >= MAX_PEERS) {
            return refuse();
        }
        Peer peer = new Peer(frame.nodeId(), frame.epoch(), nowNs, counters, settings.maxBufferedBytes(), budget);
        peers.put(peer.nodeId, peer);
        return peer;
    }

    private Peer refuse() {
        counters.increment(EngineCounter.CLUSTER_REFUSED);
        return null;
    }

    // ------------------------------------------------------------------ signs of life

    /** @param isHello whether those who hear it shall answer with their own. */
    static BodyWriter heartbeat(BodyWriter body, boolean isHello, Iterable<ClusterGroup> groups, int count) {
        body.putByte(isHello ? HELLO : 0).putInt(count);
        for (ClusterGroup group : groups) {
            body.putText(group.name()).putInt(group.local().connectionCount())
                    .putLong(group.users() == null ? -1 : group.users().version());
        }
        return body;
    }

    void onHeartbeat(Frame frame, ByteBuffer body, long nowNs) {
        Peer peer = peers.get(frame.nodeId());
        if (peer == null || peer.hasLeft) {
            return;
        }
        boolean isHello = body.get() == HELLO;
        Map<String, Integer> connections = new HashMap<>();
        for (int count = body.getInt(); count > 0; count--) {
            String group = BodyWriter.getName(body);
            connections.put(group, Math.max(0, body.getInt()));
            compareUsers(peer, group, body.getLong(), nowNs);
        }
        states.put(peer.nodeId, new State(peer.epoch, Map.copyOf(connections), nowNs));
        if (!peer.isMember) {
            peer.isMember = true;
            counters.increment(EngineCounter.CLUSTER_NODES);
            LOGGER.log(Level.DEBUG, "node {0} is there", peer.nodeId);
            node.tell(listener -> listener.onNodeJoined(memberOf(peer, nowNs)));
        }
        if (isHello) {
            node.sendHeartbeat(Subjects.node(peer.nodeId), false);
        }
    }

    void onBye(Frame frame, long nowNs) {
        Peer peer = peers.get(frame.nodeId());
        if (peer != null && !peer.hasLeft) {
            peer.hasLeft = true;
            leave(peer, null, nowNs);
        }
    }

    /** Forgets those that have been silent for too long. */
    void expire(long nowNs) {
        for (Peer peer : new ArrayList<>(peers.values())) {
            if (nowNs - peer.lastHeardNs >= settings.nodeTimeoutNs()) {
                remove(peer, "was not heard of for " + (nowNs - peer.lastHeardNs) / 1_000_000 + " ms", nowNs);
            }
        }
    }

    private void remove(Peer peer, String fault, long nowNs) {
        peers.remove(peer.nodeId);
        peer.messages.forget();
        peer.control.forget();
        leave(peer, fault, nowNs);
    }

    /** @param fault null if the node has said good-bye. */
    private void leave(Peer peer, String fault, long nowNs) {
        peer.users.forEach((name, users) -> {
            ClusterGroup group = node.group(name);
            if (group != null && group.users() != null) {
                group.users().forget(users);
            }
        });
        peer.users.clear();
        if (!peer.isMember) {
            return;
        }
        peer.isMember = false;
        ClusterMember member = memberOf(peer, nowNs);
        states.remove(peer.nodeId);
        counters.decrement(EngineCounter.CLUSTER_NODES);
        if (fault != null) {
            LOGGER.log(Level.WARNING, "node " + peer.nodeId + " of the cluster " + fault);
        }
        node.tell(listener -> listener.onNodeLeft(member, fault == null));
    }

    void close() {
        counters.add(EngineCounter.CLUSTER_NODES, -states.size());
        states.clear();
        peers.clear();
    }

    // ------------------------------------------------------------------ users

    private void compareUsers(Peer peer, String groupName, long version, long nowNs) {
        ClusterGroup group = node.group(groupName);
        if (version >= 0 && group != null && group.users() != null) {
            Peer.Users users = peer.users.computeIfAbsent(groupName, name -> new Peer.Users());
            if (users.version != version) {
                askForUsers(peer, groupName, users, nowNs);
            }
        }
    }

    private void askForUsers(Peer peer, String group, Peer.Users users, long nowNs) {
        if (users.askedNs == null || nowNs - users.askedNs >= settings.heartbeatIntervalNs()) {
            users.askedNs = nowNs;
            node.sender().sendControl(Subjects.node(peer.nodeId), Type.USERS_WANTED, node.sender().body().putText(group));
        }
    }

    void onUsers(Frame frame, ByteBuffer body, long nowNs) {
        String name = BodyWriter.getName(body);
        ClusterGroup group = node.group(name);
        Peer peer = peers.get(frame.nodeId());
        if (group == null || group.users() == null || peer == null || peer.hasLeft) {
            return;
        }
        Peer.Users users = peer.users.computeIfAbsent(name, same -> new Peer.Users());
        if (!group.users().accept(users, body)) {
            askForUsers(peer, name, users, nowNs);
        }
    }

    // ------------------------------------------------------------------ looking around

    private static ClusterMember newMember(String nodeId, State state, long nowNs) {
        return new ClusterMember(nodeId, state.epoch(), state.total(), Math.max(0, (nowNs - state.heardNs()) / 1_000_000), false);
    }

    private ClusterMember memberOf(Peer peer, long nowNs) {
        return newMember(peer.nodeId, new State(peer.epoch, states.get(peer.nodeId).connections(), peer.lastHeardNs), nowNs);
    }

    /** Any thread. */
    List<ClusterMember> members(long nowNs) {
        return states.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .map(entry -> newMember(entry.getKey(), entry.getValue(), nowNs)).toList();
    }

    /** Any thread. */
    int connections(String group) {
        return states.values().stream().mapToInt(state -> state.connections().getOrDefault(group, 0)).sum();
    }

    /** @return the nodes that have connections of that group, or could have. */
    Set<String> withGroup(String group) {
        Set<String> found = new HashSet<>();
        states.forEach((nodeId, state) -> {
            if (state.connections().containsKey(group)) {
                found.add(nodeId);
            }
        });
        return found;
    }
}
