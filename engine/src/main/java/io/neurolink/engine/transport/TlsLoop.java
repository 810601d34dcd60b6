package io.neurolink.engine.transport;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/**
 * What the TLS connections of one loop share: their packet buffers, and the limits of what their handshakes may take of the loop and of
 * the threads that compute for them. The loop's thread only.
 */
public final class TlsLoop {
    /** Handshakes that may go a step forward in one turn, so that a flood of them does not starve the connections that are there. */
    static final int HANDSHAKES_PER_TURN = 8;

    /**
     * Handshakes of one loop whose signatures are computed at the same time; further ones wait their turn. More would not be done sooner,
     * and each is one more thread that shares a processor with the loop: in a flood of handshakes everybody else would wait for them.
     */
    static final int MAX_COMPUTING = 4;

    private final Supplier<SSLEngine> engines;
    private final CounterSet counters;
    private final Executor cold;
    private final Executor onLoop;
    private final TlsBuffers buffers;
    private final ArrayDeque<TlsStream> waiting = new ArrayDeque<>();
    private final ArrayDeque<TlsTransport> pending = new ArrayDeque<>();
    private int computing;
    private int handshakesThisTurn;

    /**
     * @param engines  makes an engine in server mode for each accepted connection; null if accepted connections are plain.
     * @param counters written by the loop's thread.
     * @param cold     computes for handshakes; may refuse.
     * @param onLoop   brings what was computed back to the loop; never runs it at once.
     */
    public TlsLoop(Supplier<SSLEngine> engines, CounterSet counters, Executor cold, Executor onLoop) {
        this.engines = engines;
        this.counters = counters;
        this.cold = cold;
        this.onLoop = onLoop;
        this.buffers = new TlsBuffers(counters);
    }

    /** @return whether accepted connections are TLS connections. */
    boolean isAccepting() {
        return engines != null;
    }

    SSLEngine newEngine() {
        return engines.get();
    }

    TlsBuffers buffers() {
        return buffers;
    }

    CounterSet counters() {
        return counters;
    }

    // ------------------------------------------------------------------ turns

    void beginTurn() {
        handshakesThisTurn = 0;
    }

    /** @return whether one more handshake may go on in this turn; the others are still ready in the next. */
    boolean takeHandshakeTurn() {
        if (handshakesThisTurn == HANDSHAKES_PER_TURN) {
            counters.increment(EngineCounter.TLS_HANDSHAKES_DEFERRED);
            return false;
        }
        handshakesThisTurn++;
        return true;
    }

    /** This transport can be read though its socket is empty. */
    void addPending(TlsTransport transport) {
        pending.addLast(transport);
    }

    boolean hasPending() {
        return !pending.isEmpty();
    }

    /** Only those that are pending now: what is left after that has its turn in the next cycle. */
    int pollPending() {
        int count = pending.size();
        for (int i = 0; i < count; i++) {
            pending.pollFirst().onPending();
        }
        return count;
    }

    // ------------------------------------------------------------------ computing

    /** Runs the tasks of this stream's engine on a cold thread, now or when others are done. */
    void compute(TlsStream stream) {
        if (computing < MAX_COMPUTING) {
            start(stream);
        } else {
            waiting.addLast(stream);
        }
    }

    private void start(TlsStream stream) {
        computing++;
        try {
            cold.execute(() -> {
                try {
                    runTasks(stream.engine());
                } finally {
                    onLoop.execute(() -> onComputed(stream));
                }
            });
        } catch (RejectedExecutionException tooMuchWaits) {
            onLoop.execute(() -> onRefused(stream));
        }
    }

    private static void runTasks(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private void onComputed(TlsStream stream) {
        startNext();
        stream.onComputed();
    }

    private void onRefused(TlsStream stream) {
        startNext();
        stream.onComputeRefused();
    }

    private void startNext() {
        computing--;
        TlsStream next = waiting.pollFirst();
        while (next != null && next.isClosed()) {
            next = waiting.pollFirst();
        }
        if (next != null) {
            start(next);
        }
    }
}
