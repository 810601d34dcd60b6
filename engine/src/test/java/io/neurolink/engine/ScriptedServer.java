package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.ScriptedPeer.Message;
import io.neurolink.engine.spi.RateLimitPolicy;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.FrameLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A server, its peers, its application and its clock, all played by a script. Messages say who sent them and carry a number, so that at
 * the end it can be told whether each side got what it was promised: {@code source number reaction padding}. After every step nothing may
 * be out of bounds.
 */
final class ScriptedServer {
    private static final int MAX_TOLD = 1000;
    private static final int MAX_PEERS = 4;

    /** What a connection may hold beyond its limits: control frames, the parts of one message in buffers that grow by doubling. */
    private static final int SLACK_BYTES = 256 * 1024;

    /** What can happen. */
    enum Kind {
        SETTLE, STEP_LOOP, STEP_WORKER, STEP_COLD, PASS_LITTLE, PASS_MUCH,
        PEER_TEXT, PEER_TEXTS, PEER_FRAGMENTS, PEER_PING, PEER_PONG, PEER_RAW, PEER_MUTATED,
        APP_SEND, APP_BURST, APP_BROADCAST, APP_PUBLISH, APP_SUBSCRIBE, APP_UNSUBSCRIBE, APP_PING, APP_ASKS_WRITABLE,
        BLOCK, ROOM, UNBLOCK, NARROW, SHORT_READS, CONNECT,
        PEER_CLOSE, PEER_EMPTY_CLOSE, PEER_VIOLATION, PEER_END, PEER_RESET, PEER_BREAKS_WRITING, APP_CLOSE, APP_CLOSES_ALL, SHUT_DOWN;

        static final Kind[] TURNS = {SETTLE, STEP_LOOP, STEP_LOOP, STEP_WORKER, STEP_WORKER, STEP_COLD, PASS_LITTLE};
        static final Kind[] TRAFFIC = {PEER_TEXT, PEER_TEXTS, PEER_FRAGMENTS, PEER_PING, PEER_PONG, APP_SEND, APP_BURST, APP_BROADCAST,
            APP_PUBLISH, APP_SUBSCRIBE, APP_UNSUBSCRIBE, APP_PING, APP_ASKS_WRITABLE};
        static final Kind[] LINES = {BLOCK, ROOM, UNBLOCK, NARROW, SHORT_READS, CONNECT, PASS_MUCH};
        static final Kind[] ENDS = {PEER_CLOSE, PEER_EMPTY_CLOSE, PEER_VIOLATION, PEER_END, PEER_RESET, PEER_BREAKS_WRITING, PEER_RAW,
            PEER_MUTATED, APP_CLOSE, APP_CLOSES_ALL, SHUT_DOWN};
    }

    /** One thing that happens, to one peer or connection; some of them need bytes. */
    record Action(Kind kind, int whom, int amount, byte[] bytes) {
        /** Bytes that follow from the amount. */
        Action(Kind kind, int whom, int amount) {
            this(kind, whom, amount, randomBytes(amount));
        }

        private static byte[] randomBytes(int amount) {
            byte[] bytes = new byte[1 + amount % 40];
            new Random(amount).nextBytes(bytes);
            return bytes;
        }

        @Override
        public String toString() {
            return kind + " " + whom + " " + amount + (kind == Kind.PEER_RAW ? " " + HexFormat.of().formatHex(bytes) : "");
        }
    }

    private final RecordingHandler handler = new RecordingHandler().atMessage(this::react).atOpen(this::onOpen).atClose(this::onOther)
            .atError((connection, error) -> onOther(connection)).atWritable(this::onOther);
    private final ScriptedSettings settings;
    private final int maxPayload;
    private final LockStepServer server;
    private final List<ScriptedPeer> peers = new ArrayList<>();
    private final Map<Integer, ScriptedPeer> byPort = new HashMap<>();
    private final Map<WebSocketConnection, List<Integer>> accepted = new HashMap<>();
    private final Map<WebSocketConnection, Integer> answered = new HashMap<>();
    private int appSent;
    private int broadcast;
    private int handlerBroadcast;
    private int toldCount;

    ScriptedServer(Mode mode, int settingsNumber) {
        settings = ScriptedSettings.of(settingsNumber);
        maxPayload = settings.maxPayload();
        server = settings.server(mode).handler(handler).start();
        connect();
    }

    // ------------------------------------------------------------------ the application

    private ScriptedPeer peerOf(WebSocketConnection connection) {
        return byPort.get(connection.remoteAddress().getPort());
    }

    private void react(WebSocketConnection connection, WebSocketMessage message) {
        if (message.type() != WebSocketMessageType.TEXT && message.type() != WebSocketMessageType.BINARY) {
            return;
        }
        ScriptedPeer peer = peerOf(connection);
        Message received = new Message(message.isText(), message.toByteArray());
        peer.delivered.add(received);
        String[] parts = received.text().split(" ", 4);
        if (!received.isText() || parts.length < 4 || !parts[0].equals(peer.name)) {
            connection.send(message);
            return;
        }
        switch (parts[2]) {
            case "e" -> connection.send(message);
            case "s" -> {
                for (int i = 0; i < 3; i++) {
                    int answer = answered.merge(connection, 1, Integer::sum);
                    connection.send("handler-" + peer.name + " " + answer + " - " + parts[3]);
                }
            }
            case "r" -> server.manager.getAllConnections().forEach(other -> other.send("relay 0 - " + parts[3]));
            case "b" -> server.manager.broadcast("shout " + handlerBroadcast++ + " - " + parts[3]);
            case "c" -> connection.close(4000, "asked for");
            case "x" -> throw new IllegalStateException("scripted");
            default -> { }
        }
    }

    private void onOpen(WebSocketConnection connection) {
        if (settings.behaviour() == ScriptedSettings.Behaviour.THROW && peerOf(connection) != peers.get(0)) {
            throw new IllegalStateException("scripted");
        }
        if (settings.behaviour() == ScriptedSettings.Behaviour.GREET) {
            connection.send("greeting 0 - ");
            connection.subscribe("topic0");
        }
    }

    /** At an error, at the end, when there is room again. */
    private void onOther(WebSocketConnection connection) {
        switch (settings.behaviour()) {
            case THROW -> throw new IllegalStateException("scripted");
            case CLOSE -> connection.close(4002, "told");
            case SEND -> {
                // Its own message may be the next that cannot be delivered: who answers every error with a message never comes to an end.
                if (toldCount++ < MAX_TOLD) {
                    connection.send("told 0 - ");
                }
            }
            default -> { }
        }
    }

    // ------------------------------------------------------------------ the script

    void apply(Action action) {
        ScriptedPeer peer = peers.get(action.whom() % peers.size());
        int amount = action.amount();
        switch (action.kind()) {
            case SETTLE, STEP_LOOP, STEP_WORKER, STEP_COLD, PASS_LITTLE, PASS_MUCH -> takeTurn(action.kind(), amount);
            case BLOCK, ROOM, UNBLOCK, NARROW, SHORT_READS, CONNECT -> changeLine(action.kind(), peer, amount);
            case PEER_TEXT, PEER_TEXTS, PEER_FRAGMENTS, PEER_PING, PEER_PONG -> sendAsPeer(action.kind(), peer, amount);
            case PEER_RAW -> peer.send(action.bytes(), 0);
            case PEER_MUTATED -> peer.send(mutated(ClientFrames.text(peer.nextText(amount, maxPayload)), amount), 0);
            case PEER_CLOSE, PEER_EMPTY_CLOSE, PEER_VIOLATION, PEER_END, PEER_RESET, PEER_BREAKS_WRITING ->
                    endAsPeer(action.kind(), peer, amount);
            case APP_CLOSES_ALL -> server.manager.closeAll(1001, "script");
            case SHUT_DOWN -> {
                server.engine.refuseUpgrades();
                server.manager.closeAll(1001, "shutdown");
            }
            default -> {
                List<WebSocketConnection> connections = handler.connections();
                if (!connections.isEmpty()) {
                    actAsApplication(action.kind(), connections.get(action.whom() % connections.size()), amount);
                }
            }
        }
        verifyBounds();
    }

    /** One byte is another one; mostly one of the header. */
    private static byte[] mutated(byte[] frame, int amount) {
        int index = amount % 3 == 0 ? amount % frame.length : amount % Math.min(frame.length, 8);
        frame[index] ^= (byte) (1 + amount % 255);
        return frame;
    }

    private void takeTurn(Kind kind, int amount) {
        switch (kind) {
            case STEP_LOOP -> server.stepLoop(amount % server.engine.loops().size());
            case STEP_WORKER -> {
                if (!server.engine.workers().isEmpty()) {
                    server.stepWorker(amount % server.engine.workers().size());
                }
            }
            case STEP_COLD -> server.executor.runAll();
            case PASS_LITTLE -> server.clock.advance(Duration.ofMillis(amount % 3_000));
            case PASS_MUCH -> server.clock.advance(Duration.ofMillis(amount));
            default -> server.settle();
        }
    }

    private void changeLine(Kind kind, ScriptedPeer peer, int amount) {
        peer.hasGoodLine &= kind == Kind.SHORT_READS || kind == Kind.CONNECT || kind == Kind.UNBLOCK;
        switch (kind) {
            case BLOCK -> peer.wire.transport.room(0);
            case ROOM -> peer.wire.transport.room(amount);
            case NARROW -> peer.wire.transport.acceptance(offered -> Math.min(offered, 100 + amount % 5_000));
            case SHORT_READS -> peer.wire.transport.maxRead(100 + amount % 5_000);
            case CONNECT -> connect();
            default -> peer.wire.transport.unlimited();
        }
    }

    private void connect() {
        if (peers.size() < MAX_PEERS) {
            TestPeer wire = settings.isCompressed()
                    ? server.connect().upgrade("/ws", "Sec-WebSocket-Extensions: permessage-deflate") : server.connect().upgrade("/ws");
            ScriptedPeer peer = new ScriptedPeer(wire, peers.size(), settings);
            peers.add(peer);
            byPort.put(peer.wire.transport.remoteAddress().getPort(), peer);
        }
    }

    private void sendAsPeer(Kind kind, ScriptedPeer peer, int amount) {
        int held = amount % 4 == 0 ? amount % 17 : 0;
        switch (kind) {
            case PEER_TEXTS -> {
                for (int i = 0; i < 1 + amount % 40; i++) {
                    peer.send(peer.frame(peer.nextText(amount % 97 + i, maxPayload), i), held);
                }
            }
            case PEER_FRAGMENTS -> peer.send(peer.fragments(amount, maxPayload), held);
            case PEER_PING -> peer.send(ClientFrames.ping("p".repeat(amount % 126)), held);
            case PEER_PONG -> peer.send(ClientFrames.pong(new byte[8]), held);
            default -> peer.send(peer.frame(peer.nextText(amount, maxPayload), amount), held);
        }
    }

    private static void endAsPeer(Kind kind, ScriptedPeer peer, int amount) {
        peer.hasGoodLine &= kind != Kind.PEER_RESET && kind != Kind.PEER_BREAKS_WRITING;
        switch (kind) {
            case PEER_CLOSE -> peer.send(ClientFrames.close(3000 + amount % 100, "script"), 0);
            case PEER_EMPTY_CLOSE -> peer.send(ClientFrames.close(), 0);
            case PEER_VIOLATION -> peer.send(new byte[] {(byte) 0x83, (byte) 0x80}, 0);
            case PEER_RESET -> peer.wire.transport.reset();
            case PEER_BREAKS_WRITING -> peer.wire.transport.breakWriting();
            default -> peer.wire.transport.end();
        }
    }

    private void actAsApplication(Kind kind, WebSocketConnection connection, int amount) {
        switch (kind) {
            case APP_SEND -> sendAsApplication(connection, amount);
            case APP_BURST -> {
                for (int i = 0; i < 1 + amount % 50; i++) {
                    sendAsApplication(connection, amount % 300);
                }
            }
            case APP_BROADCAST -> server.manager.broadcast("all " + broadcast++ + " - " + "z".repeat(amount % maxPayload));
            case APP_PUBLISH -> server.manager.publish("topic" + amount % 2, "all " + broadcast++ + " - ");
            case APP_SUBSCRIBE -> connection.subscribe("topic" + amount % 2);
            case APP_UNSUBSCRIBE -> connection.unsubscribe("topic" + amount % 2);
            case APP_PING -> connection.ping();
            case APP_ASKS_WRITABLE -> connection.isWritable();
            default -> connection.close(4001, "application");
        }
    }

    private void sendAsApplication(WebSocketConnection connection, int amount) {
        int number = appSent++;
        if (connection.send("app " + number + " - " + "w".repeat(amount % maxPayload)) == SendResult.ACCEPTED) {
            accepted.computeIfAbsent(connection, key -> new ArrayList<>()).add(number);
        }
    }

    // ------------------------------------------------------------------ the promises

    private void verifyBounds() {
        assertEquals(List.of(), handler.faults());
        assertEquals(0, server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + server.stacks());
        long open = server.counter(EngineCounter.CONNECTIONS_OPEN);
        assertTrue(open >= 0 && open <= peers.size(), () -> "open: " + open);
        assertWithin(EngineCounter.HELD_BYTES, 2L * settings.maxMessageSize() + settings.receiveBufferLength());
        assertWithin(EngineCounter.QUEUED_BYTES, settings.maxBufferedBytes());
        for (WebSocketConnection connection : handler.connections()) {
            assertTrue(connection.bufferedAmount() >= 0, () -> "buffered: " + connection.bufferedAmount());
        }
    }

    private void assertWithin(EngineCounter gauge, long perPeer) {
        long value = server.counter(gauge);
        assertTrue(value >= 0 && value <= peers.size() * (perPeer + SLACK_BYTES), () -> gauge.label() + ": " + value);
    }

    void end() {
        server.settle();
        verifyBounds();
        Map<Integer, WebSocketConnection> connections = new HashMap<>();
        handler.connections().forEach(connection -> connections.put(connection.remoteAddress().getPort(), connection));
        Set<WebSocketConnection> wereOpen = new HashSet<>(server.manager.getAllConnections());
        wereOpen.removeIf(connection -> !connection.isOpen());
        server.end();
        assertEquals(0, server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + server.stacks());
        assertTrue(Set.of("java.lang.IllegalStateException: scripted").containsAll(server.errors()), () -> "errors: " + server.stacks());
        long received = 0;
        for (ScriptedPeer peer : peers) {
            WebSocketConnection connection = connections.get(peer.wire.transport.remoteAddress().getPort());
            peer.verifyDelivered(new FrameLimits(settings.maxMessageSize(), settings.maxFragments()),
                    settings.ratePolicy() == RateLimitPolicy.REPORT);
            received += verifyReceived(peer, connection, wereOpen.contains(connection));
        }
        assertEquals(received, server.counter(EngineCounter.MESSAGES_SENT), "what counts as sent is what was written whole");
    }

    private int verifyReceived(ScriptedPeer peer, WebSocketConnection connection, boolean wasOpen) {
        if (!peer.wire.isAnswered() || connection == null && !peer.wire.isUpgraded()) {
            return 0;
        }
        peer.wire.agreement();
        Map<String, List<Integer>> bySource = new LinkedHashMap<>();
        List<String> texts = peer.wire.texts();
        List<String> echoes = new ArrayList<>();
        for (String text : texts) {
            String[] parts = text.split(" ", 4);
            switch (parts[0]) {
                case "relay", "shout", "greeting", "told" -> { }
                case "app", "all" -> bySource.computeIfAbsent(parts[0], key -> new ArrayList<>()).add(Integer.parseInt(parts[1]));
                default -> {
                    if (parts[0].equals("handler-" + peer.name)) {
                        bySource.computeIfAbsent(parts[0], key -> new ArrayList<>()).add(Integer.parseInt(parts[1]));
                    } else {
                        echoes.add(text);
                    }
                }
            }
        }
        verifyEchoes(peer, echoes);
        bySource.forEach(ScriptedServer::assertIncreasing);
        List<Integer> fromApp = bySource.getOrDefault("app", List.of());
        List<Integer> promised = accepted.getOrDefault(connection, List.of());
        assertTrue(promised.containsAll(fromApp), "nothing is sent that was not accepted");
        if (settings.policy() == SlowConsumerPolicy.CLOSE) {
            assertEquals(promised.subList(0, fromApp.size()), fromApp, "nothing is left out");
            assertTrue(!wasOpen || !peer.hasGoodLine || fromApp.size() == promised.size(), "all that was accepted has come");
        }
        return texts.size();
    }

    /** Messages of the peer itself, and nobody else's, in their order. */
    private static void verifyEchoes(ScriptedPeer peer, List<String> echoes) {
        int at = 0;
        for (String echo : echoes) {
            while (at < peer.delivered.size() && !peer.delivered.get(at).text().equals(echo)) {
                at++;
            }
            assertTrue(at++ < peer.delivered.size(), () -> peer.name + " got " + echo + " after sending " + peer.delivered);
        }
    }

    private static void assertIncreasing(String source, List<Integer> numbers) {
        for (int i = 1; i < numbers.size(); i++) {
            assertTrue(numbers.get(i - 1) < numbers.get(i), () -> "messages from " + source + " out of order: " + numbers);
        }
    }
}
