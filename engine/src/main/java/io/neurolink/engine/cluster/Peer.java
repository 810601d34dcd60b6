package io.neurolink.engine.cluster;

import io.neurolink.engine.status.CounterSet;
import java.util.HashMap;
import java.util.Map;

/** What this node knows of another one, from one start of it to its end. The cluster's thread. */
final class Peer {
    final String nodeId;
    final long epoch;
    final FrameStream messages;
    final FrameStream control;
    final Map<String, Users> users = new HashMap<>();
    long lastHeardNs;

    /** It has told of itself; before, it is only somebody whose messages come. */
    boolean isMember;

    /** It has said good-bye; what it had sent before may still be on its way. */
    boolean hasLeft;

    /** The users of a group on that node. */
    static final class Users {
        final Map<String, Integer> counts = new HashMap<>();

        /** Which state of them this is; -1: nothing is known yet. */
        long version = -1;

        /** When all of them were asked for last; null: never. */
        Long askedNs;
    }

    Peer(String nodeId, long epoch, long nowNs, CounterSet counters, long maxBytes, AssemblyBudget budget) {
        this.nodeId = nodeId;
        this.epoch = epoch;
        this.lastHeardNs = nowNs;
        this.messages = new FrameStream(counters, maxBytes, budget);
        this.control = new FrameStream(counters, maxBytes, budget);
    }
}
