package io.neurolink.engine.loop;

import io.neurolink.engine.duty.ConnectionCells;
import io.neurolink.engine.jfr.JfrEvents;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.ConnectionTraffic;
import io.neurolink.engine.spi.MessageWriter;
import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.TraceContext;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.Transport;
import io.neurolink.protocol.FrameBuffer;
import io.neurolink.protocol.FrameDecoder;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import io.neurolink.protocol.Utf8Encoder;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A WebSocket connection. The methods of {@link WebSocketConnection} may be called by any thread and hand over to the loop; all others
 * belong to the loop's thread. {@link ConnectionState} draws its life.
 */
public final class LoopConnection extends ConnectionCells implements WebSocketConnection, Backlog.Waiting {
    private final String id;
    private final String path;
    private final String subprotocol;
    private final long createdAtMs;
    private final Endpoint endpoint;
    private final WebSocketHandler handler;
    private final EventLoop loop;
    private final Transport transport;
    private final WriteSide writeSide;
    private final Delivery delivery;
    private final Heartbeat heartbeat;
    private final Ending ending;
    final FrameDecoder decoder;

    /** Null unless the handler takes messages in parts. */
    final PartSide parts;

    /** Null unless compression was agreed on. */
    private final ConnectionDeflate deflate;

    /** Kept only where credentials may come again. */
    private final Upgrade upgrade;

    private ConnectionState state = ConnectionState.OPEN;

    /** A message that comes in pieces; null between messages. */
    FrameBuffer message;
    int messageLength;

    private boolean isBroken;

    /** Whether its last read cost so much that the next one stands in line, as the first one does, before which nobody knows. */
    boolean isHeavy = true;

    /** What it may read at once: little where it has sent more frames than its share; more with each read that is not. */
    int readLimit = Integer.MAX_VALUE;

    /** Whether its last message was so large that the socket was read into its own buffer. */
    boolean isLarge;
    private boolean isInLine;

    /** Null unless the messages of the connection are limited in number or bytes per second. */
    private RateGate rates;

    /** Place among the loop's connections of the endpoint. */
    int memberIndex;

    private final int affinity;

    /** Belongs to the dispatch. */
    private Object dispatchState;

    LoopConnection(String id, Established established, Endpoint endpoint, EventLoop loop, Transport transport) {
        this.id = id;
        this.path = established.path();
        this.subprotocol = established.subprotocol();
        this.endpoint = endpoint;
        this.handler = established.handler();
        this.loop = loop;
        this.transport = transport;
        this.affinity = loop.nextAffinity();
        this.createdAtMs = loop.nowMs();
        this.deflate = established.deflate();
        this.parts = PartSide.of(this, loop);
        this.decoder = new FrameDecoder(established.role(), endpoint.settings().frameLimits(), deflate != null, parts != null);
        this.writeSide = new WriteSide(this, loop, established.role());
        this.delivery = new Delivery(this, loop, loop.dispatchFor(endpoint));
        this.heartbeat = new Heartbeat(this, loop);
        this.ending = new Ending(this, loop);
        this.upgrade = established.upgrade();
        userRelease(established.user());
        lastActivityNsOpaque(loop.nowNs());
    }

    // ------------------------------------------------------------------ any thread: what it is

    @Override
    public String id() {
        return id;
    }

    @Override
    public AuthenticatedUser user() {
        return (AuthenticatedUser) userAcquire();
    }

    @Override
    @SuppressWarnings("unchecked")
    public ConcurrentMap<String, Object> metadata() {
        Object present = metadataAcquire();
        if (present == null) {
            ConcurrentMap<String, Object> fresh = new ConcurrentHashMap<>(4);
            fresh.put("path", path);
            present = metadataCompareAndSet(fresh);
        }
        return (ConcurrentMap<String, Object>) present;
    }

    /** A connection without metadata has no trace, and need not get a map for being asked. */
    @Override
    public TraceContext trace() {
        return metadataAcquire() == null ? null : WebSocketConnection.super.trace();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public String subprotocol() {
        return subprotocol;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return transport.remoteAddress();
    }

    @Override
    public InetSocketAddress peerAddress() {
        return transport.peerAddress();
    }

    @Override
    public long createdAt() {
        return createdAtMs;
    }

    @Override
    public long lastActivity() {
        return loop.toEpochMs(lastActivityNsOpaque());
    }

    @Override
    public boolean isOpen() {
        return !isFlagUpOpaque(SHUT);
    }

    @Override
    public long bufferedAmount() {
        return withCork(bufferedBytesOpaque());
    }

    /** What a handler on the loop has sent in this turn stands in the cork, of which only the loop knows. */
    private long withCork(long buffered) {
        return loop.isCurrentThread() ? buffered - queuedBytesOpaque() + writeSide.queuedBytes() : buffered;
    }

    @Override
    public boolean isWritable() {
        int highMark = endpoint.settings().writableHighMark();
        if (bufferedAmount() <= highMark) {
            return true;
        }
        // The flag goes up before the second look, and the loop looks at it after it has written: one of the two sees the other.
        raiseFlagVolatile(WRITABLE_WANTED);
        return withCork(bufferedBytesVolatile()) <= highMark;
    }

    /** The same for a message in parts, for whose end others have to wait: what waits for it does not count. */
    boolean takesPart() {
        int highMark = endpoint.settings().writableHighMark();
        if (bufferedAmount() - behindBytesOpaque() <= highMark) {
            return true;
        }
        raiseFlagVolatile(WRITABLE_WANTED);
        return withCork(bufferedBytesVolatile()) - behindBytesOpaque() <= highMark;
    }

    @Override
    public Duration roundTripTime() {
        long roundTripNs = roundTripNsOpaque();
        return roundTripNs < 0 ? null : Duration.ofNanos(roundTripNs);
    }

    @Override
    public ConnectionTraffic traffic() {
        return new ConnectionTraffic(messagesInOpaque(), messagesOutOpaque(), bytesInOpaque(), bytesOutOpaque());
    }

    @Override
    @SuppressWarnings("unchecked")
    public Set<String> topics() {
        Object topics = topicsAcquire();
        return topics == null ? Set.of() : (Set<String>) topics;
    }

    @Override
    public String toString() {
        return "WebSocketConnection[" + id + ", " + path + ", " + remoteAddress() + "]";
    }

    /** @return where this connection belongs. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** @return the loop this connection belongs to. */
    public EventLoop loop() {
        return loop;
    }

    /** @return who handles this connection. */
    public WebSocketHandler handler() {
        return handler;
    }

    /** @return the close code for {@code onClose}; valid once the dispatch was told of the close. */
    public int finalCode() {
        return ending.code();
    }

    /** @return the reason for {@code onClose}. */
    public String finalReason() {
        return ending.reason();
    }

    /** @return a number that spreads connections evenly. */
    public int affinity() {
        return affinity;
    }

    /** @return what the dispatch keeps here; loop only. */
    public Object dispatchState() {
        return dispatchState;
    }

    /** @param newState what the dispatch keeps here; loop only. */
    public void dispatchState(Object newState) {
        dispatchState = newState;
    }

    // ------------------------------------------------------------------ any thread: sending

    @Override
    public SendResult send(String text) {
        int length = Utf8Encoder.encodedLength(text);
        if (gate().isDirect(this)) {
            SendResult admitted = gate().admit(this, length);
            if (admitted == SendResult.ACCEPTED) {
                writeSide.sendText(text, length);
                lastActivityNsOpaque(loop.nowNs());
            }
            return admitted;
        }
        SendResult admitted = gate().admitRemote(this, length);
        return admitted == SendResult.ACCEPTED ? handedOver(loop.proxy().sendText(this, text, length), length) : admitted;
    }

    @Override
    public MessageWriter openMessage(WebSocketMessageType type) {
        StreamedMessage message = new StreamedMessage(this, type);
        if (!raiseFlagVolatile(STREAMING)) {
            throw new IllegalStateException("a message is being sent in parts already");
        }
        return message;
    }

    void onStreamedMessageOver() {
        lowerFlagVolatile(STREAMING);
    }

    @Override
    public SendResult send(ByteBuffer bytes) {
        return send(Opcode.BINARY, bytes);
    }

    @Override
    public SendResult sendText(ByteBuffer utf8) {
        return send(Opcode.TEXT, utf8);
    }

    private SendResult send(int opcode, ByteBuffer bytes) {
        int length = bytes.remaining();
        if (gate().isDirect(this)) {
            SendResult admitted = gate().admit(this, length);
            if (admitted == SendResult.ACCEPTED) {
                writeSide.send(opcode, bytes, bytes.position(), length);
                lastActivityNsOpaque(loop.nowNs());
            }
            return admitted;
        }
        SendResult admitted = gate().admitRemote(this, length);
        return admitted == SendResult.ACCEPTED ? handedOver(loop.proxy().send(this, opcode, bytes), length) : admitted;
    }

    @Override
    public SendResult send(WebSocketMessage received) {
        if (received instanceof InboundMessage inbound && gate().isDirect(this) && !Opcode.isControl(inbound.opcode())) {
            return echo(inbound);
        }
        return switch (received.type()) {
            case TEXT -> sendText(received.bytes());
            case BINARY -> send(received.bytes());
            default -> throw new IllegalArgumentException("a " + received.type() + " frame is not a message that can be sent");
        };
    }

    private SendResult echo(InboundMessage inbound) {
        SendResult admitted = gate().admit(this, inbound.length());
        if (admitted == SendResult.ACCEPTED) {
            boolean isInPlace = loop.readSide().isDeliveringLast(this, inbound.buffer());
            writeSide.echo(inbound.opcode(), inbound.buffer(), inbound.position(), inbound.length(), isInPlace);
            lastActivityNsOpaque(loop.nowNs());
        }
        return admitted;
    }

    @Override
    public SendResult ping() {
        if (!isOpen()) {
            return SendResult.CLOSED;
        }
        return runOnLoop(() -> {
            if (state == ConnectionState.OPEN) {
                heartbeat.ping();
            }
        });
    }

    SendResult handedOver(boolean taken, int length) {
        if (taken) {
            return SendResult.ACCEPTED;
        }
        addBufferedBytesVolatile(-length);
        return backPressured();
    }

    private SendResult backPressured() {
        loop.proxy().counters().increment(EngineCounter.SENDS_BACK_PRESSURED);
        if (raiseFlagVolatile(PRESSURED)) {
            loop.proxy().requestWritable(this);
        }
        return SendResult.BACK_PRESSURED;
    }

    // ------------------------------------------------------------------ any thread: closing, topics, authentication

    @Override
    public CompletableFuture<Void> close(int code, String reason) {
        CloseFrames.requireSendable(code, reason);
        takesNoMessages();
        if (isFlagUpVolatile(GONE)) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> gone = closedFutureCompareAndSet(new CompletableFuture<>());
        if (loop.isCurrentThread()) {
            ending.close(code, reason);
        } else if (raiseFlagVolatile(SHUT)) {
            loop.proxy().executeUrgently(() -> ending.close(code, reason));
        } else if (isFlagUpVolatile(GONE)) {
            // The loop raises the flag before it looks for the future: one of the two sees the other.
            gone.complete(null);
        }
        return gone.copy();
    }

    /** The handler has handled all that was delivered. Called by the thread on which it runs. */
    public void settled() {
        if (loop.isCurrentThread()) {
            ending.onSettled();
        } else {
            loop.proxy().executeUrgently(ending::onSettled);
        }
    }

    @Override
    public SendResult subscribe(String topic) {
        Topics.requireName(topic);
        return isOpen() ? runOnLoop(() -> loop.topics(endpoint).subscribe(topic, this)) : SendResult.CLOSED;
    }

    @Override
    public SendResult unsubscribe(String topic) {
        return isOpen() ? runOnLoop(() -> loop.topics(endpoint).unsubscribe(topic, this)) : SendResult.CLOSED;
    }

    private SendResult runOnLoop(Runnable command) {
        if (loop.isCurrentThread()) {
            command.run();
            return SendResult.ACCEPTED;
        }
        return loop.proxy().execute(command) ? SendResult.ACCEPTED : backPressured();
    }

    @Override
    public CompletionStage<AuthDecision> authenticate(String credential) {
        return upgrade == null ? CompletableFuture.completedFuture(AuthDecision.anonymous())
                : new InBandAuth(this, upgrade).start(credential);
    }

    // ------------------------------------------------------------------ loop: life

    /** The handshake is over, or on its way; the handler is told next. */
    void onEstablished(boolean isAuthPending) {
        transport.owner(this);
        RateLimits limits = endpoint.settings().rateLimits();
        rates = limits.isOn() ? new RateGate(this, loop, limits) : null;
        heartbeat.start(isAuthPending);
        delivery.open();
    }

    /** @return which side of the connection this is. */
    Role role() {
        return writeSide.role();
    }

    /** @return null unless compression was agreed on. */
    ConnectionDeflate deflate() {
        return deflate;
    }

    ConnectionState state() {
        return state;
    }

    /** Only {@link Ending} moves it on. */
    void state(ConnectionState next) {
        state = next;
    }

    Transport transport() {
        return transport;
    }

    boolean isBroken() {
        return isBroken;
    }

    /** Nothing can be sent any more. */
    void breakOff() {
        isBroken = true;
    }

    Ending ending() {
        return ending;
    }

    Heartbeat heartbeat() {
        return heartbeat;
    }

    @Override
    public void onReadable() {
        switch (state) {
            case OPEN, CLOSING -> loop.readSide().onReadable(this);
            case SETTLING, FLUSHING -> loop.backlog().add(this);
            default -> { }
        }
    }

    @Override
    public boolean enterLine() {
        boolean wasOutside = !isInLine;
        isInLine = true;
        return wasOutside;
    }

    @Override
    public void onTurn() {
        isInLine = false;
        if (delivery.endYield()) {
            return;
        }
        if (isReceiving()) {
            loop.readSide().read(this);
        } else if (state == ConnectionState.SETTLING || state == ConnectionState.FLUSHING) {
            loop.readSide().discard(this);
        }
    }

    @Override
    public void onWritable() {
        flush();
    }

    @Override
    public void onTransportError(Throwable error) {
        loop.errorHandler().onError(error);
        ending.onBroken();
    }

    void onBytesIn(int count) {
        heartbeat.onBytesIn();
        lastActivityNsOpaque(loop.nowNs());
        countBytesInOpaque(count);
        loop.counters.increment(EngineCounter.READS);
        loop.counters.add(EngineCounter.BYTES_IN, count);
        loop.backlog().didRead(count);
    }

    /** Whether frames are to be decoded. */
    boolean isReceiving() {
        return (state == ConnectionState.OPEN || state == ConnectionState.CLOSING) && !isBroken && !delivery.isStalled();
    }

    void flush() {
        writeSide.flush();
        afterWrite();
    }

    /** Something was written, or the state has changed: maybe the handler may send again, maybe this was the end. */
    void afterWrite() {
        if (isBroken || state == ConnectionState.CLOSED) {
            return;
        }
        if (isFlagUpVolatile(WRITABLE_WANTED) && bufferedAmount() - behindBytesOpaque() <= endpoint.settings().writableLowMark()) {
            lowerFlagVolatile(WRITABLE_WANTED);
            delivery.writable();
        }
        if (state == ConnectionState.FLUSHING && writeSide.isEmpty() && transport.isFlushed()) {
            ending.onFlushed();
        }
    }

    /** Asked for by a thread whose send was refused for want of room. */
    void onPressureRelieved() {
        if (lowerFlagVolatile(PRESSURED) && isSending()) {
            delivery.writable();
        }
    }

    void releaseRates() {
        if (rates != null) {
            rates.release();
        }
    }

    void publishQueuedBytes(long queuedBytes) {
        long delta = queuedBytes - queuedBytesOpaque();
        if (delta != 0) {
            queuedBytesOpaque(queuedBytes);
            addBufferedBytesVolatile(delta);
            loop.counters.add(EngineCounter.QUEUED_BYTES, delta);
        }
    }

    WriteSide writeSide() {
        return writeSide;
    }

    private SendGate gate() {
        return loop.sendGate();
    }

    // ------------------------------------------------------------------ loop: what came in

    void onMessage(int opcode, ByteBuffer bytes, int position, int length) {
        if (state == ConnectionState.OPEN) {
            loop.counters.increment(EngineCounter.MESSAGES_IN);
            countMessageInOpaque();
            JfrEvents.message(id, path, true, length);
            deliver(opcode, bytes, position, length);
        }
    }

    void deliver(int type, ByteBuffer bytes, int position, int length) {
        if (rates == null) {
            delivery.message(type, bytes, position, length);
        } else {
            rates.message(type, bytes, position, length);
        }
    }

    void onPing(ByteBuffer bytes, int position, int length) {
        loop.counters.increment(EngineCounter.PINGS_IN);
        if (heartbeat.admitControlFrame() && state == ConnectionState.OPEN) {
            writeSide.enqueuePong(bytes, position, length);
            deliverControl(Opcode.PING, bytes, position, length);
        }
    }

    void onPong(ByteBuffer bytes, int position, int length) {
        loop.counters.increment(EngineCounter.PONGS_IN);
        if (heartbeat.onPong(bytes, position, length)) {
            deliverControl(Opcode.PONG, bytes, position, length);
        }
    }

    void deliverControl(int opcode, ByteBuffer bytes, int position, int length) {
        if (endpoint.settings().deliverControlFrames() && state == ConnectionState.OPEN) {
            delivery.message(opcode, bytes, position, length);
        }
    }

    // ------------------------------------------------------------------ loop: sending and closing

    /** A broadcast. @return whether it was taken. */
    boolean onBroadcast(OutboundFrame frame) {
        if (!isSending() || gate().admit(this, frame.broadcastPayloadLength()) != SendResult.ACCEPTED) {
            return false;
        }
        writeSide.enqueue(frame);
        lastActivityNsOpaque(loop.nowNs());
        loop.counters.increment(EngineCounter.BROADCAST_RECIPIENTS);
        return true;
    }

    void onAuthenticated(AuthenticatedUser newUser) {
        userRelease(newUser);
        if (rates != null) {
            rates.user(newUser);
        }
        heartbeat.onAuthenticated(newUser);
    }

    // ------------------------------------------------------------------ loop: heartbeat and stalls

    boolean isSending() {
        return (state == ConnectionState.OPEN || state == ConnectionState.SETTLING) && !isBroken;
    }

    /** What has come in and was not delivered yet is not wanted any more; any thread. */
    void takesNoMessages() {
        raiseFlagVolatile(NO_MESSAGES);
    }

    /** Any thread. */
    boolean wantsMessages() {
        return !isFlagUpOpaque(NO_MESSAGES);
    }

    /** What the peer, or what is for it, takes of memory. */
    long heldBytes() {
        return writeSide.queuedBytes() + (message == null ? 0 : message.capacity()) + delivery.heldBytes();
    }

    boolean isShutVolatile() {
        return isFlagUpVolatile(SHUT);
    }

    /** @return whether it was open before. */
    boolean shutVolatile() {
        return raiseFlagVolatile(SHUT);
    }

    void goneVolatile() {
        raiseFlagVolatile(SHUT | GONE);
    }

    /** @return who waits for the end; or null. */
    CompletableFuture<Void> closedFuture() {
        return closedFutureVolatile();
    }

    /** Once for all that other threads have dropped until the loop's turn, however many that are. */
    void reportSlowConsumerRemotely() {
        if (raiseFlagVolatile(SLOWNESS_REPORTED)) {
            loop.proxy().executeUrgently(() -> {
                lowerFlagVolatile(SLOWNESS_REPORTED);
                gate().reportSlowConsumer(this);
            });
        }
    }

    boolean isStalled() {
        return delivery.isStalled();
    }

    Delivery delivery() {
        return delivery;
    }
}
