package io.neurolink.engine.socket.stress;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.UpgradeRequest;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The server's part of the stress test: echoes, throws, closes and floods as it is told, and checks who tells it. */
final class StressHandler implements WebSocketHandler {
    static final int TOPICS = 64;
    static final int FLOOD_TOPIC = 9999;

    private static final String LIFE = "life";

    private final int threads;
    private final Faults faults;
    private final AtomicReferenceArray<Life> lives;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong thrown = new AtomicLong();

    /** Thrown on purpose. */
    static final class Intended extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Intended() {
            super("thrown on purpose");
        }
    }

    /** A connection as the application sees it. */
    static final class Life {
        final int tag;
        final int slot;

        /** The number of each thread's next message; a thread touches its own only. */
        final int[] nextDirect;
        volatile WebSocketConnection connection;

        /** Echoes that found no room; the callbacks' only. */
        private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
        private boolean isGone;

        Life(int slot, int tag, int threads) {
            this.slot = slot;
            this.tag = tag;
            this.nextDirect = new int[threads];
        }
    }

    StressHandler(int slots, int threads, Faults faults) {
        this.threads = threads;
        this.faults = faults;
        this.lives = new AtomicReferenceArray<>(slots);
    }

    /** The open connection of a slot, or null. */
    Life life(int slot) {
        return lives.get(slot);
    }

    int slots() {
        return lives.length();
    }

    AtomicLong accepted() {
        return accepted;
    }

    long thrown() {
        return thrown.get();
    }

    private static Life lifeOf(WebSocketConnection connection) {
        return (Life) connection.metadata().get(LIFE);
    }

    @Override
    public void onUpgrade(UpgradeRequest request, Map<String, Object> metadata) {
        int slot = Integer.parseInt(request.queryParameter("slot"));
        metadata.put(LIFE, new Life(slot, Integer.parseInt(request.queryParameter("tag")), threads));
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        Life life = lifeOf(connection);
        connection.subscribe("topic-" + life.tag % TOPICS);
        life.connection = connection;
        lives.set(life.slot, life);
    }

    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        Life life = lifeOf(connection);
        Stamp stamp = Stamp.parse(message.toByteArray());
        if (stamp.number(0) != life.tag || life.isGone) {
            faults.add("connection " + life.tag + (life.isGone ? ", which is gone, " : "") + " received " + stamp);
        }
        switch (stamp.kind()) {
            case Stamp.MESSAGE -> echo(connection, life, Stamp.bytes(Stamp.ECHO, stamp.padding(), life.tag, stamp.number(1)));
            case Stamp.THROW -> {
                thrown.incrementAndGet();
                throw new Intended();
            }
            case Stamp.CLOSE -> connection.close(4000 + life.tag % 1000, "as " + life.tag + " wished");
            case Stamp.FLOOD -> connection.subscribe("topic-" + FLOOD_TOPIC);
            default -> faults.add("connection " + life.tag + " received " + stamp);
        }
    }

    private void echo(WebSocketConnection connection, Life life, byte[] echo) {
        if (!life.waiting.isEmpty() || !send(connection, echo)) {
            life.waiting.add(echo);
        }
    }

    /** @return false if it has to wait for {@code onWritable}. */
    private boolean send(WebSocketConnection connection, byte[] echo) {
        SendResult result = connection.send(echo);
        if (result == SendResult.ACCEPTED) {
            accepted.incrementAndGet();
        }
        return result != SendResult.BACK_PRESSURED;
    }

    @Override
    public void onWritable(WebSocketConnection connection) {
        Life life = lifeOf(connection);
        while (!life.waiting.isEmpty() && send(connection, life.waiting.peek())) {
            life.waiting.remove();
        }
    }

    @Override
    public void onError(WebSocketConnection connection, Throwable error) {
        if (!(error instanceof Intended) && !(error instanceof WebSocketError)) {
            faults.add("onError of " + lifeOf(connection).tag + ": " + error);
        }
    }

    @Override
    public void onClose(WebSocketConnection connection, int code, String reason) {
        Life life = lifeOf(connection);
        life.isGone = true;
        lives.compareAndSet(life.slot, life, null);
    }
}
