package io.neurolink.engine.socket.stress;

import java.util.Arrays;

/**
 * What one client has received, and what may come next: messages of each thread without gap and in order, its own echoes without gap,
 * and nothing that is meant for somebody else.
 */
final class Ledger {
    private static final int NONE = -1;

    private final int tag;
    private final int topic;
    private final int[] nextDirect;
    private final int[] lastBroadcast;
    private final int[] lastPublished;
    private int nextEcho;

    Ledger(int tag, int topic, int threads) {
        this.tag = tag;
        this.topic = topic;
        this.nextDirect = new int[threads];
        this.lastBroadcast = new int[threads];
        this.lastPublished = new int[threads];
        Arrays.fill(lastBroadcast, NONE);
        Arrays.fill(lastPublished, NONE);
    }

    int echoes() {
        return nextEcho;
    }

    /** @throws IllegalStateException if this message should not have come, or not now. */
    void take(Stamp stamp) {
        boolean isRight = switch (stamp.kind()) {
            case Stamp.DIRECT -> takeDirect(stamp);
            case Stamp.BROADCAST -> takeNext(lastBroadcast, stamp.number(0), stamp.number(1));
            case Stamp.PUBLISHED -> isMine(stamp.number(0)) && takeNext(lastPublished, stamp.number(1), stamp.number(2));
            case Stamp.ECHO -> stamp.number(0) == tag && stamp.number(1) == nextEcho++;
            default -> false;
        };
        if (!isRight) {
            throw new IllegalStateException("connection " + tag + " got " + stamp + explain(stamp));
        }
    }

    /** Numbers of publications count per thread and topic; the topic for floods is everybody's who asked for one. */
    private boolean isMine(int published) {
        return published == topic || published == StressHandler.FLOOD_TOPIC;
    }

    /** It comes after the broadcasts that its thread made before, all of which have come if any has. */
    private boolean takeDirect(Stamp stamp) {
        int thread = stamp.number(1);
        int broadcasts = stamp.number(3);
        return stamp.number(0) == tag && stamp.number(2) == nextDirect[thread]++
                && (lastBroadcast[thread] == NONE || lastBroadcast[thread] == broadcasts - 1);
    }

    private static boolean takeNext(int[] last, int thread, int number) {
        boolean isNext = last[thread] == NONE || number == last[thread] + 1;
        last[thread] = number;
        return isNext;
    }

    private String explain(Stamp stamp) {
        return switch (stamp.kind()) {
            case Stamp.DIRECT -> ", expected " + (nextDirect[stamp.number(1)] - 1) + " after broadcast " + lastBroadcast[stamp.number(1)];
            case Stamp.ECHO -> ", expected echo " + (nextEcho - 1);
            default -> "";
        };
    }
}
