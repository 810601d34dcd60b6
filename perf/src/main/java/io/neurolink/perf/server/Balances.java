package io.neurolink.perf.server;

import static io.neurolink.engine.status.EngineCounter.CONNECTIONS_CLOSED;
import static io.neurolink.engine.status.EngineCounter.CONNECTIONS_OPEN;
import static io.neurolink.engine.status.EngineCounter.CONNECTIONS_OPENED;
import static io.neurolink.engine.status.EngineCounter.MESSAGES_QUEUED;
import static io.neurolink.engine.status.EngineCounter.MESSAGES_REPORTED;
import static io.neurolink.engine.status.EngineCounter.MESSAGES_SENT;
import static io.neurolink.engine.status.EngineCounter.SOCKETS_ACCEPTED;
import static io.neurolink.engine.status.EngineCounter.SOCKETS_CLOSED;
import static io.neurolink.engine.status.EngineCounter.SOCKETS_OPEN;
import static io.neurolink.engine.status.EngineCounter.TLS_HANDSHAKES_COMPLETED;
import static io.neurolink.engine.status.EngineCounter.TLS_HANDSHAKES_FAILED;
import static io.neurolink.engine.status.EngineCounter.TLS_HANDSHAKES_STARTED;

import io.neurolink.engine.status.EngineCounter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Sums that must come out even whenever no message is under way. */
public final class Balances {
    /** What loops keep to use it again. */
    private static final Set<EngineCounter> KEPT = Set.of(EngineCounter.POOLED_BYTES, EngineCounter.DEFLATE_CONTEXTS,
            EngineCounter.DEFLATE_HELD_BYTES);

    private Balances() {
    }

    /** @return those that do not come out even, in words. */
    public static List<String> off(TargetState state) {
        List<String> off = new ArrayList<>();
        check(off, state, CONNECTIONS_OPENED, CONNECTIONS_CLOSED, CONNECTIONS_OPEN);
        check(off, state, SOCKETS_ACCEPTED, SOCKETS_CLOSED, SOCKETS_OPEN);
        check(off, state, MESSAGES_QUEUED, MESSAGES_SENT, MESSAGES_REPORTED);
        check(off, state, TLS_HANDSHAKES_STARTED, TLS_HANDSHAKES_COMPLETED, TLS_HANDSHAKES_FAILED);
        return off;
    }

    /** @return the gauges that are not where they were, in words; what pools keep for the next message is no leak. */
    public static List<String> gaugesOff(TargetState before, TargetState now) {
        return Arrays.stream(EngineCounter.values())
                .filter(counter -> counter.kind() == EngineCounter.Kind.GAUGE && !KEPT.contains(counter))
                .map(EngineCounter::label).filter(label -> now.get(label) != before.get(label))
                .map(label -> label + " was " + before.get(label) + " and is " + now.get(label)).toList();
    }

    private static void check(List<String> off, TargetState state, EngineCounter whole, EngineCounter... parts) {
        long sum = 0;
        StringBuilder text = new StringBuilder(whole.label()).append(' ').append(state.get(whole.label())).append(" is not the sum of");
        for (EngineCounter part : parts) {
            sum += state.get(part.label());
            text.append(' ').append(part.label()).append(' ').append(state.get(part.label()));
        }
        if (sum != state.get(whole.label())) {
            off.add(text.toString());
        }
    }
}
