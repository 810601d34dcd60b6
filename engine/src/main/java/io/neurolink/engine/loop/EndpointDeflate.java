package io.neurolink.engine.loop;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.deflate.DeflateNegotiation;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.deflate.MessageDeflater;
import io.neurolink.protocol.handshake.ExtensionOffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the connections of an endpoint share of permessage-deflate (RFC 7692), over all loops: how many may have context takeover, and which
 * windows there are to compress a broadcast for. Any thread.
 */
public final class EndpointDeflate {
    private static final Object CLOSED = new Object();
    private static final int WINDOWS = DeflateParameters.MAX_WINDOW_BITS - DeflateParameters.MIN_WINDOW_BITS + 1;

    private final DeflateSettings settings;
    private final DeflateParameters withoutContext;
    private final AtomicInteger dedicated = new AtomicInteger();
    private final AtomicIntegerArray audience = new AtomicIntegerArray(WINDOWS);

    /** A compressor for broadcasts, or null while it is in use or not made yet, or {@link #CLOSED}. */
    private final AtomicReference<Object> spare = new AtomicReference<>();

    /**
     * @param settings of the endpoint.
     */
    public EndpointDeflate(DeflateSettings settings) {
        this.settings = settings;
        DeflateParameters wanted = settings.wanted();
        this.withoutContext = new DeflateParameters(true, true, wanted.serverMaxWindowBits(), wanted.clientMaxWindowBits());
    }

    DeflateSettings settings() {
        return settings;
    }

    /**
     * Decides on a client's offers. What has a place among those with context takeover keeps it until {@link #withdraw}.
     *
     * @return null if the connection is not compressed.
     */
    DeflateNegotiation.Agreement accept(List<ExtensionOffer> offers, CounterSet counters) {
        DeflateNegotiation.Agreement agreement = DeflateNegotiation.accept(offers, settings.wanted());
        if (agreement != null && keepsContext(agreement.parameters()) && !admit()) {
            counters.increment(EngineCounter.DEFLATE_DEDICATED_REFUSED);
            return DeflateNegotiation.accept(offers, withoutContext);
        }
        return agreement;
    }

    /**
     * What a client asks for: no context takeover where as many connections have it as may.
     *
     * @return to be made offers of, and to check the answer with.
     */
    public DeflateParameters offerable() {
        return dedicated.get() < settings.maxDedicated() ? settings.wanted() : withoutContext;
    }

    /** A client's connection has come about with what its server answered; {@link #withdraw} follows if it has context takeover. */
    void onAgreed(DeflateParameters parameters) {
        if (keepsContext(parameters)) {
            dedicated.incrementAndGet();
        }
    }

    static boolean keepsContext(DeflateParameters parameters) {
        return !parameters.serverNoContextTakeover() || !parameters.clientNoContextTakeover();
    }

    private boolean admit() {
        if (dedicated.incrementAndGet() <= settings.maxDedicated()) {
            return true;
        }
        dedicated.decrementAndGet();
        return false;
    }

    /** A connection with context takeover is gone, or was never established. */
    void withdraw() {
        dedicated.decrementAndGet();
    }

    /** A connection that is sent compressed messages with that window is there, or gone. */
    void addAudience(int windowBits, int delta) {
        audience.addAndGet(windowBits - DeflateParameters.MIN_WINDOW_BITS, delta);
    }

    /**
     * Compresses a broadcast once for every window that a connection has; a connection that comes later gets it uncompressed.
     *
     * @param plain    the message.
     * @param pool     where large buffers come from.
     * @param loops    how many loops it is for; each lets go of each compressed frame once.
     * @param counters of the calling thread.
     * @return by window bits from 8 on, null where nobody wants it or it does not become smaller; null if that is so of all.
     */
    public SharedFrame[] deflate(SharedFrame plain, SharedFramePool pool, int loops, CounterSet counters) {
        if (plain.payloadLength() < settings.threshold()) {
            return null;
        }
        SharedFrame[] frames = null;
        for (int i = 0; i < WINDOWS; i++) {
            if (audience.get(i) > 0) {
                frames = frames == null ? new SharedFrame[WINDOWS] : frames;
                frames[i] = deflate(plain, pool, loops, i + DeflateParameters.MIN_WINDOW_BITS, counters);
                counters.increment(EngineCounter.BROADCAST_DEFLATES);
            }
        }
        return frames;
    }

    /** Whoever broadcasts may be any thread: the first gets the spare compressor, others at the same time one made for the occasion. */
    private SharedFrame deflate(SharedFrame plain, SharedFramePool pool, int loops, int windowBits, CounterSet counters) {
        MessageDeflater deflater = take(counters);
        try {
            SharedFrame deflated = plain.deflated(deflater, windowBits, pool, loops);
            if (deflated != null) {
                counters.add(EngineCounter.DEFLATED_FROM, plain.payloadLength());
                counters.add(EngineCounter.DEFLATED_TO, deflated.payloadLength());
            }
            return deflated;
        } finally {
            giveBack(deflater, counters);
        }
    }

    private MessageDeflater take(CounterSet counters) {
        Object present = spare.get();
        if (present instanceof MessageDeflater deflater && spare.compareAndSet(present, null)) {
            return deflater;
        }
        LoopDeflate.countContext(counters, 1, MessageDeflater.NATIVE_BYTES);
        return new MessageDeflater(settings.level());
    }

    private void giveBack(MessageDeflater deflater, CounterSet counters) {
        if (!spare.compareAndSet(null, deflater)) {
            end(deflater, counters);
        }
    }

    private static void end(MessageDeflater deflater, CounterSet counters) {
        deflater.close();
        LoopDeflate.countContext(counters, -1, -MessageDeflater.NATIVE_BYTES);
    }

    /**
     * At the end of the engine. A broadcast that is under way still ends its compressor itself.
     *
     * @param counters of the calling thread.
     */
    public void close(CounterSet counters) {
        if (spare.getAndSet(CLOSED) instanceof MessageDeflater deflater) {
            end(deflater, counters);
        }
    }
}
