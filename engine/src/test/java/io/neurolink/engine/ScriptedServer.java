package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A server, its peers, its application and its clock, all played by a script. Messages say who sent them and carry a number, so that at
 * the end it can be told whether each side got what it was promised: {@code source number reaction padding}.
 */
final class ScriptedServer {
    /** How many different configurations there are. */
    static final int CONFIGS = 12;

    private static final int MAX_PEERS = 4;

    /** What can happen. */
    enum Kind {
        SETTLE, STEP_LOOP, STEP_WORKER, STEP_COLD, PASS_LITTLE, PASS_MUCH,
        PEER_TEXT, PEER_TEXTS, PEER_FRAGMENTS, PEER_PING, PEER_PONG, APP_SEND, APP_BURST, APP_BROADCAST, APP_PUBLISH, APP_SUBSCRIBE,
        APP_UNSUBSCRIBE, APP_PING, APP_ASKS_WRITABLE,
        BLOCK, ROOM, UNBLOCK, NARROW, SHORT_READS, CONNECT,
        PEER_CLOSE, PEER_EMPTY_CLOSE, PEER_VIOLATION, PEER_END, PEER_RESET, PEER_BREAKS_WRITING, APP_CLOSE;

        static final Kind[] TURNS = {SETTLE, STEP_LOOP, STEP_LOOP, STEP_WORKER, STEP_WORKER, STEP_COLD, PASS_LITTLE};
        static final Kind[] TRAFFIC = {PEER_TEXT, PEER_TEXTS, PEER_FRAGMENTS, PEER_PING, PEER_PONG, APP_SEND, APP_BURST, APP_BROADCAST,
            APP_PUBLISH, APP_SUBSCRIBE, APP_UNSUBSCRIBE, APP_PING, APP_ASKS_WRITABLE};
        static final Kind[] LINES = {BLOCK, ROOM, UNBLOCK, NARROW, SHORT_READS, CONNECT, PASS_MUCH};
        static final Kind[] ENDS = {PEER_CLOSE, PEER_EMPTY_CLOSE, PEER_VIOLATION, PEER_END, PEER_RESET, PEER_BREAKS_WRITING, APP_CLOSE};
    }

    /** One thing that happens, to one peer or connection. */
    record Action(Kind kind, int whom, int amount) {
    }

    /** What a handler does with a message. */
    private static final String REACTIONS = "eeeennsrbcx";

    /** A peer, and what it has begun to send. */
    private static final class Peer {
        private final TestPeer wire;
        private byte[] rest = new byte[0];
        private int next;

        Peer(TestPeer wire) {
            this.wire = wire;
        }

        /** Sends all but the last bytes, which come before anything else next time. */
        void send(byte[] bytes, int held) {
            byte[] all = ClientFrames.concat(rest, bytes);
            int cut = all.length - Math.min(held, all.length);
            wire.send(Arrays.copyOf(all, cut));
            rest = Arrays.copyOfRange(all, cut, all.length);
        }
    }

    private final RecordingHandler handler = new RecordingHandler().atMessage(this::react);
    private final SlowConsumerPolicy policy;
    private final int maxPayload;
    private final LockStepServer server;
    private final List<Peer> peers = new ArrayList<>();
    private final Map<WebSocketConnection, Integer> delivered = new HashMap<>();
    private final Map<WebSocketConnection, List<Integer>> accepted = new HashMap<>();
    private final Map<WebSocketConnection, Integer> answered = new HashMap<>();
    private int appSent;
    private int broadcast;
    private int handlerBroadcast;

    ScriptedServer(Mode mode, int config) {
        policy = SlowConsumerPolicy.values()[config % 3];
        boolean isSmall = config / 3 % 2 == 1;
        boolean isPinging = config / 6 % 2 == 1;
        maxPayload = isSmall ? 3_000 : 100_000;
        server = LockStepServer.builder(mode).handler(handler).workers(2).receiveBufferLength(isSmall ? 4 * 1024 : 64 * 1024)
                .config(settings -> settings.slowConsumerPolicy(policy).maxBufferedBytes(isSmall ? 4_096 : 300_000)
                        .pingInterval(isPinging ? Duration.ofSeconds(20) : Duration.ZERO)
                        .idleTimeout(isPinging ? Duration.ofSeconds(90) : Duration.ZERO))
                .start();
        connect();
    }

    // ------------------------------------------------------------------ the application

    private void react(WebSocketConnection connection, WebSocketMessage message) {
        String text = message.text();
        String[] parts = text.split(" ", 4);
        int number = Integer.parseInt(parts[1]);
        assertEquals(delivered.merge(connection, 1, Integer::sum) - 1, number, "messages are delivered in order, none is left out");
        switch (parts[2]) {
            case "e" -> connection.send(message);
            case "s" -> {
                for (int i = 0; i < 3; i++) {
                    int answer = answered.merge(connection, 1, Integer::sum);
                    connection.send("handler " + answer + " - " + parts[3]);
                }
            }
            case "r" -> server.manager.getAllConnections().forEach(other -> other.send("relay " + number + " - "));
            case "b" -> server.manager.broadcast("shout " + handlerBroadcast++ + " - " + parts[3]);
            case "c" -> connection.close(4000, "asked for");
            case "x" -> throw new IllegalStateException("scripted");
            default -> { }
        }
    }

    // ------------------------------------------------------------------ the script

    void apply(Action action) {
        Peer peer = peers.get(action.whom() % peers.size());
        int amount = action.amount();
        switch (action.kind()) {
            case SETTLE, STEP_LOOP, STEP_WORKER, STEP_COLD, PASS_LITTLE, PASS_MUCH -> takeTurn(action.kind(), amount);
            case BLOCK, ROOM, UNBLOCK, NARROW, SHORT_READS, CONNECT -> changeLine(action.kind(), peer, amount);
            case PEER_TEXT, PEER_TEXTS, PEER_FRAGMENTS, PEER_PING, PEER_PONG -> sendAsPeer(action.kind(), peer, amount);
            case PEER_CLOSE, PEER_EMPTY_CLOSE, PEER_VIOLATION, PEER_END, PEER_RESET, PEER_BREAKS_WRITING ->
                    endAsPeer(action.kind(), peer, amount);
            default -> {
                List<WebSocketConnection> connections = handler.connections();
                if (!connections.isEmpty()) {
                    actAsApplication(action.kind(), connections.get(action.whom() % connections.size()), amount);
                }
            }
        }
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

    private void changeLine(Kind kind, Peer peer, int amount) {
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
            peers.add(new Peer(server.connect().upgrade("/ws")));
        }
    }

    private byte[] nextText(Peer peer, int amount) {
        char reaction = REACTIONS.charAt(amount % REACTIONS.length());
        return ClientFrames.text("peer " + peer.next++ + " " + reaction + " " + "x".repeat(amount % maxPayload));
    }

    private void sendAsPeer(Kind kind, Peer peer, int amount) {
        int held = amount % 4 == 0 ? amount % 17 : 0;
        switch (kind) {
            case PEER_TEXTS -> {
                for (int i = 0; i < 1 + amount % 40; i++) {
                    peer.send(nextText(peer, amount % 97 + i), held);
                }
            }
            case PEER_FRAGMENTS -> peer.send(fragments(peer, amount), held);
            case PEER_PING -> peer.send(ClientFrames.ping("p".repeat(amount % 126)), held);
            case PEER_PONG -> peer.send(ClientFrames.pong(new byte[8]), held);
            default -> peer.send(nextText(peer, amount), held);
        }
    }

    private byte[] fragments(Peer peer, int amount) {
        byte[] whole = ("peer " + peer.next++ + " e " + "y".repeat(amount % maxPayload)).getBytes(StandardCharsets.UTF_8);
        int cut = amount % whole.length;
        return ClientFrames.concat(ClientFrames.frame(Opcode.TEXT, false, Arrays.copyOf(whole, cut)), ClientFrames.ping("between"),
                ClientFrames.frame(Opcode.CONTINUATION, true, Arrays.copyOfRange(whole, cut, whole.length)));
    }

    private static void endAsPeer(Kind kind, Peer peer, int amount) {
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

    void end() {
        server.settle();
        Map<Integer, WebSocketConnection> byPort = new HashMap<>();
        handler.connections().forEach(connection -> byPort.put(connection.remoteAddress().getPort(), connection));
        server.end();
        assertEquals(0, server.counter(EngineCounter.LOOP_ERRORS), () -> "errors: " + server.stacks());
        assertTrue(Set.of("java.lang.IllegalStateException: scripted").containsAll(server.errors()), () -> "errors: " + server.stacks());
        long received = 0;
        for (Peer peer : peers) {
            received += verify(peer, byPort.get(peer.wire.transport.remoteAddress().getPort()));
        }
        assertEquals(received, server.counter(EngineCounter.MESSAGES_SENT), "what counts as sent is what was written whole");
    }

    private int verify(Peer peer, WebSocketConnection connection) {
        if (!peer.wire.isAnswered()) {
            return 0;
        }
        peer.wire.agreement();
        Map<String, List<Integer>> bySource = new LinkedHashMap<>();
        List<String> texts = peer.wire.texts();
        for (String text : texts) {
            String[] parts = text.split(" ", 4);
            bySource.computeIfAbsent(parts[0], key -> new ArrayList<>()).add(Integer.parseInt(parts[1]));
        }
        for (String source : List.of("peer", "handler", "app", "all")) {
            assertIncreasing(source, bySource.getOrDefault(source, List.of()));
        }
        List<Integer> fromApp = bySource.getOrDefault("app", List.of());
        List<Integer> promised = accepted.getOrDefault(connection, List.of());
        assertTrue(promised.containsAll(fromApp), "nothing is sent that was not accepted");
        if (policy == SlowConsumerPolicy.CLOSE) {
            assertEquals(promised.subList(0, fromApp.size()), fromApp, "nothing is left out");
        }
        return texts.size();
    }

    private static void assertIncreasing(String source, List<Integer> numbers) {
        for (int i = 1; i < numbers.size(); i++) {
            assertTrue(numbers.get(i - 1) < numbers.get(i), () -> "messages from " + source + " out of order: " + numbers);
        }
    }
}
