package io.neurolink.engine.client;

import io.neurolink.engine.loop.Endpoint;
import io.neurolink.engine.loop.EndpointSettings;
import io.neurolink.engine.loop.LoopConnection;
import io.neurolink.engine.loop.RateBuckets;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.Authenticator;
import io.neurolink.engine.spi.EngineListener;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.EngineCounter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A client as the loops see it. Counts its connections, those that are being opened included. Called by many threads at once. */
final class ClientEndpoint implements Endpoint {
    private final int index;
    private final EndpointSettings settings;
    private final EngineListener listener;
    private final int maxConnections;
    private final AtomicInteger admitted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicBoolean isClosing = new AtomicBoolean();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    ClientEndpoint(int index, EndpointSettings settings, EngineListener listener, int maxConnections) {
        this.index = index;
        this.settings = settings;
        this.listener = listener;
        this.maxConnections = maxConnections;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public EndpointSettings settings() {
        return settings;
    }

    /** A client does not serve paths. */
    @Override
    public WebSocketHandler handlerFor(String path) {
        return null;
    }

    @Override
    public Authenticator authenticator() {
        return null;
    }

    @Override
    public EngineListener listener() {
        return listener;
    }

    @Override
    public Refusal admit(AuthenticatedUser user) {
        if (admitted.incrementAndGet() > maxConnections) {
            withdraw(user);
            return new Refusal(EngineCounter.CLIENT_CONNECTS_FAILED, "Maximum connections (" + maxConnections + ") reached");
        }
        return null;
    }

    @Override
    public void withdraw(AuthenticatedUser user) {
        if (admitted.decrementAndGet() == 0 && isClosing.get()) {
            gone.complete(null);
        }
    }

    @Override
    public void onOpened(LoopConnection connection) {
        open.incrementAndGet();
    }

    @Override
    public Refusal changeUser(LoopConnection connection, AuthenticatedUser before, AuthenticatedUser after) {
        return null;
    }

    /** A server's user cannot be known. */
    @Override
    public RateBuckets acquireRates(AuthenticatedUser user, long nowNs) {
        return RateBuckets.of(null, null, nowNs);
    }

    @Override
    public void releaseRates(AuthenticatedUser user, long nowNs) {
    }

    @Override
    public void onClosed(LoopConnection connection) {
        open.decrementAndGet();
        withdraw(null);
    }

    /** @return connections that are open. */
    int openCount() {
        return open.get();
    }

    boolean isClosing() {
        return isClosing.get();
    }

    /** @return whether this is the first call. */
    boolean startClosing() {
        return isClosing.compareAndSet(false, true);
    }

    /** @return completes when there is no connection any more. To be asked for after closing has begun. */
    CompletableFuture<Void> gone() {
        if (admitted.get() == 0) {
            gone.complete(null);
        }
        return gone;
    }
}
