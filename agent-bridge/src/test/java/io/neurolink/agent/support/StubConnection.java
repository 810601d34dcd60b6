package io.neurolink.agent.support;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/** A connection without a socket, to a client at {@code /ws} whom nobody knows; what is sent as text goes to {@link #sendText}. */
abstract class StubConnection implements WebSocketConnection {
    private static final AtomicLong COUNT = new AtomicLong();

    private final String id = "connection-" + COUNT.incrementAndGet();
    private final ConcurrentMap<String, Object> metadata = new ConcurrentHashMap<>(Map.of("path", "/ws"));

    @Override
    public String id() {
        return id;
    }

    @Override
    public AuthenticatedUser user() {
        return null;
    }

    @Override
    public ConcurrentMap<String, Object> metadata() {
        return metadata;
    }

    @Override
    public String path() {
        return "/ws";
    }

    @Override
    public String subprotocol() {
        return null;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return InetSocketAddress.createUnresolved("peer", 1);
    }

    @Override
    public long createdAt() {
        return 0;
    }

    @Override
    public long lastActivity() {
        return 0;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public final SendResult send(String text) {
        return sendText(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public final SendResult send(ByteBuffer bytes) {
        throw new UnsupportedOperationException("the agent protocol sends text");
    }

    @Override
    public final SendResult send(WebSocketMessage message) {
        throw new UnsupportedOperationException("the agent protocol sends text of its own");
    }

    @Override
    public SendResult ping() {
        return SendResult.ACCEPTED;
    }

    @Override
    public CompletableFuture<Void> close(int code, String reason) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public long bufferedAmount() {
        return 0;
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public Duration roundTripTime() {
        return null;
    }

    @Override
    public SendResult subscribe(String topic) {
        return SendResult.ACCEPTED;
    }

    @Override
    public SendResult unsubscribe(String topic) {
        return SendResult.ACCEPTED;
    }

    @Override
    public Set<String> topics() {
        return Set.of();
    }

    @Override
    public CompletionStage<AuthDecision> authenticate(String credential) {
        return CompletableFuture.completedStage(AuthDecision.rejected(null, "nobody"));
    }
}
