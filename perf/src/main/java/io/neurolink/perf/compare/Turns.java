package io.neurolink.perf.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;

/**
 * Servers that are all up, of which one at a time runs: the others stand still and cost nothing, and yet the figures of two of them
 * are only
 * seconds apart. One thread.
 *
 * @param <S> a server
 */
final class Turns<S> {
    private final Signals signals;
    private final ToLongFunction<S> pid;

    Turns(Signals signals, ToLongFunction<S> pid) {
        this.signals = signals;
        this.pid = pid;
    }

    /** A B C in the first round, C B A in the second, so that nobody always comes after the same. */
    static <T> List<T> order(List<T> all, int round) {
        List<T> order = new ArrayList<>(all);
        if (round % 2 == 0) {
            Collections.reverse(order);
        }
        return order;
    }

    /** Tells a server that was started to stand still until its turn comes. */
    void rest(S server) {
        signals.stop(pid.applyAsLong(server));
    }

    /** One round: for each workload each server has its turn. */
    void round(int round, List<S> servers, List<Workload> workloads, BiConsumer<S, Workload> turn) {
        for (Workload workload : workloads) {
            for (S server : order(servers, round)) {
                signals.resume(pid.applyAsLong(server));
                try {
                    turn.accept(server, workload);
                } finally {
                    signals.stop(pid.applyAsLong(server));
                }
            }
        }
    }
}
