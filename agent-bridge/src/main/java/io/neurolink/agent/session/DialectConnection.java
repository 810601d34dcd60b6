package io.neurolink.agent.session;

import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.ConnectionTraffic;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.TraceContext;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection as the runs see it. Once its client has turned out to be one of NeuroLink's own, what is sent is put into the words of
 * that client; until then, and for every other client, it is passed on as it is. Any thread.
 */
final class DialectConnection implements WebSocketConnection {
    private final WebSocketConnection connection;
    private final DialectEvents events;
    private final AtomicBoolean isForeign = new AtomicBoolean();
    /** The runs that go on in the dialect, by their ids. */
    private final Map<String, DialectRun> runs = new ConcurrentHashMap<>();

    DialectConnection(WebSocketConnection connection, DialectEvents events) {
        this.connection = connection;
        this.events = events;
    }

    /** From now on the client is spoken to in its own words. */
    void speakForeign() {
        isForeign.set(true);
    }

    /** A run begins whose events belong to a channel, or to none (null). */
    void begin(String requestId, String channel) {
        runs.put(requestId, new DialectRun(channel));
    }

    /** @return ids of the runs whose events belong to the channel. */
    List<String> runsOf(String channel) {
        return runs.entrySet().stream().filter(entry -> channel.equals(entry.getValue().channel())).map(Map.Entry::getKey).toList();
    }

    @Override
    public SendResult sendText(ByteBuffer utf8) {
        return isForeign.get() ? events.send(utf8, runs, connection) : connection.sendText(utf8);
    }

    @Override
    public String id() {
        return connection.id();
    }

    @Override
    public AuthenticatedUser user() {
        return connection.user();
    }

    @Override
    public ConcurrentMap<String, Object> metadata() {
        return connection.metadata();
    }

    @Override
    public TraceContext trace() {
        return connection.trace();
    }

    @Override
    public ConnectionTraffic traffic() {
        return connection.traffic();
    }

    @Override
    public String path() {
        return connection.path();
    }

    @Override
    public String subprotocol() {
        return connection.subprotocol();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return connection.remoteAddress();
    }

    @Override
    public InetSocketAddress peerAddress() {
        return connection.peerAddress();
    }

    @Override
    public long createdAt() {
        return connection.createdAt();
    }

    @Override
    public long lastActivity() {
        return connection.lastActivity();
    }

    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public SendResult send(String text) {
        return connection.send(text);
    }

    @Override
    public SendResult send(ByteBuffer bytes) {
        return connection.send(bytes);
    }

    @Override
    public SendResult send(WebSocketMessage message) {
        return connection.send(message);
    }

    @Override
    public SendResult ping() {
        return connection.ping();
    }

    @Override
    public CompletableFuture<Void> close(int code, String reason) {
        return connection.close(code, reason);
    }

    @Override
    public long bufferedAmount() {
        return connection.bufferedAmount();
    }

    @Override
    public boolean isWritable() {
        return connection.isWritable();
    }

    @Override
    public Duration roundTripTime() {
        return connection.roundTripTime();
    }

    @Override
    public SendResult subscribe(String topic) {
        return connection.subscribe(topic);
    }

    @Override
    public SendResult unsubscribe(String topic) {
        return connection.unsubscribe(topic);
    }

    @Override
    public Set<String> topics() {
        return connection.topics();
    }

    @Override
    public CompletionStage<AuthDecision> authenticate(String credential) {
        return connection.authenticate(credential);
    }
}
