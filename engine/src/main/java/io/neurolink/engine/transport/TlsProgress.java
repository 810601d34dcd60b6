package io.neurolink.engine.transport;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import javax.net.ssl.SSLException;

/**
 * Ends a connection whose engine turns and turns and gets nowhere, by a fault of the engine or by records of the peer that carry nothing.
 */
final class TlsProgress {
    /** Calls of the engine in a row that may bring nothing: a few empty records and key updates are legal. */
    static final int MAX_IDLE_ROUNDS = 64;

    private final CounterSet counters;
    private int idleRounds;

    TlsProgress(CounterSet counters) {
        this.counters = counters;
    }

    /** Something came in that brings the connection forward. What goes out does not: a peer may ask for answers without end. */
    void onProgress() {
        idleRounds = 0;
    }

    void onIdleRound() throws SSLException {
        if (++idleRounds > MAX_IDLE_ROUNDS) {
            counters.increment(EngineCounter.TLS_NO_PROGRESS);
            throw new SSLException("no progress in " + MAX_IDLE_ROUNDS + " rounds of the TLS engine");
        }
    }
}
