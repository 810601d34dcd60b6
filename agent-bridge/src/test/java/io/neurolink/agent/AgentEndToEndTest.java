package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.demo.DemoAgent;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.support.TestClient;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.HandlerThreading;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The agent handler behind a real server, spoken to by a client that is not ours. */
class AgentEndToEndTest {
    private final ScheduledExecutorService scheduler = new ScheduledThreadPoolExecutor(1);
    private final List<AutoCloseable> closeables = new ArrayList<>();
    private WebSocketConnectionManager manager;
    private AgentHandler handler;
    private NeuroLinkServer server;

    private void serve(Agent agent, WebSocketConfig config) throws IOException {
        manager = new WebSocketConnectionManager(config);
        handler = AgentHandler.builder(agent).config(AgentHandlerConfig.builder().matching(config).build()).build();
        manager.registerHandler("/ws", handler);
        server = NeuroLinkServer.builder().port(0).webSocket(manager).eventLoops(1).workers(2).build().start();
        closeables.add(server);
    }

    private void serve(Agent agent, HandlerThreading threading) throws IOException {
        serve(agent, WebSocketConfig.builder().handlerThreading(threading).build());
    }

    private TestClient connect() throws InterruptedException {
        TestClient client = new TestClient(server.port(), "/ws");
        closeables.add(0, client);
        assertEquals("connected", client.next().get("type"));
        return client;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
        if (handler != null) {
            handler.close();
        }
        scheduler.shutdownNow();
    }

    private static String textOf(List<Map<String, Object>> events) {
        StringBuilder text = new StringBuilder();
        events.stream().filter(event -> event.get("type").equals("chunk")).forEach(event -> text.append(event.get("content")));
        return text.toString();
    }

    /** Gapless from the given event on; joined chunks count for their parts. */
    private static void checkSequence(List<Map<String, Object>> events) {
        long seen = -1;
        for (Map<String, Object> event : events) {
            long parts = event.get("n") == null ? 1 : (Long) event.get("n");
            assertEquals(seen + parts, (Long) event.get("seq"), event::toString);
            seen = (Long) event.get("seq");
        }
    }

    @ParameterizedTest
    @EnumSource(value = HandlerThreading.class, names = {"WORKER", "INLINE"})
    void shouldStreamGenerateAndCallTools(HandlerThreading threading) throws Exception {
        serve(new DemoAgent(scheduler), threading);
        TestClient client = connect();
        client.send("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"hello 😀 world\",\"options\":{\"delayMs\":1}}}");
        List<Map<String, Object>> events = client.until("stream_complete");
        assertEquals("You said: hello 😀 world", textOf(events));
        assertEquals(List.of("accepted", "stream_start", "chunk", "chunk", "chunk", "chunk", "chunk", "stream_complete"),
                events.stream().map(event -> event.get("type")).toList());
        checkSequence(events);
        client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"hi\"}}");
        assertEquals("You said: hi", client.next().get("data"));
        client.send("{\"type\":\"tool_call\",\"payload\":{\"toolName\":\"add\",\"args\":{\"a\":2,\"b\":3}}}");
        assertEquals(5L, client.next().get("result"));
        client.send("no json");
        assertEquals("INVALID_JSON", client.next().get("code"));
        client.send("{\"type\":\"ping\",\"timestamp\":7}");
        assertEquals(Map.of("type", "pong", "timestamp", 7L), client.next());
    }

    @ParameterizedTest
    @EnumSource(value = HandlerThreading.class, names = {"WORKER", "INLINE"})
    void shouldKeepTheOrderOfEventsThatComeFromManyThreads(HandlerThreading threading) throws Exception {
        Agent agent = Agent.of("threads", (request, sink) -> {
            for (int i = 0; i < 50; i++) {
                String text = i + " ";
                if (i % 2 == 0) {
                    CompletableFuture.runAsync(() -> sink.text(text)).join();
                } else {
                    sink.text(text);
                }
            }
        });
        serve(agent, threading);
        TestClient client = connect();
        Map<String, List<Map<String, Object>>> byRun = new HashMap<>();
        int runs = 12;
        for (int i = 0; i < runs; i++) {
            client.send("{\"type\":\"stream\",\"requestId\":\"r" + i + "\",\"payload\":{\"prompt\":\"p\"}}");
        }
        int ended = 0;
        while (ended < runs) {
            Map<String, Object> event = client.next();
            byRun.computeIfAbsent((String) event.get("requestId"), id -> new ArrayList<>()).add(event);
            ended += event.get("type").equals("stream_complete") ? 1 : 0;
        }
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            expected.append(i).append(' ');
        }
        assertEquals(runs, byRun.size());
        for (List<Map<String, Object>> events : byRun.values()) {
            checkSequence(events);
            assertEquals(expected.toString(), textOf(events));
        }
    }

    @ParameterizedTest
    @EnumSource(value = HandlerThreading.class, names = {"WORKER", "INLINE"})
    void shouldCancelInTheMiddleOfAFastStream(HandlerThreading threading) throws Exception {
        serve(new DemoAgent(scheduler), threading);
        TestClient client = connect();
        for (int round = 0; round < 20; round++) {
            String id = "r" + round;
            client.send("{\"type\":\"stream\",\"requestId\":\"" + id
                    + "\",\"payload\":{\"prompt\":\"p\",\"options\":{\"words\":1000000000,\"delayMs\":0}}}");
            List<Map<String, Object>> events = new ArrayList<>(client.until("chunk"));
            client.send("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"" + id + "\"}}");
            events.addAll(client.until("cancelled"));
            checkSequence(events);
            assertEquals(true, events.get(events.size() - 1).get("upstreamClosed"));
        }
    }

    @Test
    void shouldMakeTheAgentWaitForAViewerThatDoesNotRead() throws Exception {
        AtomicLong produced = new AtomicLong();
        CountDownLatch gone = new CountDownLatch(1);
        String piece = "x".repeat(1000);
        Agent agent = Agent.of("flood", (request, sink) -> {
            try {
                for (int i = 0; i < 1_000_000; i++) {
                    sink.text(piece);
                    produced.incrementAndGet();
                }
            } finally {
                gone.countDown();
            }
        });
        serve(agent, HandlerThreading.WORKER);
        TestClient client = connect();
        client.stopReading();
        client.send("{\"type\":\"stream\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        long before = -1;
        // That nothing comes for a moment may also be because nobody had the time.
        for (int quiet = 0; quiet < 6; quiet++) {
            assertFalse(gone.await(500, TimeUnit.MILLISECONDS));
            if (before != produced.get()) {
                before = produced.get();
                quiet = 0;
            }
        }
        assertTrue(before < 100_000, () -> "a viewer that does not read got " + produced.get() + " pieces");
        client.resumeReading();
        List<Map<String, Object>> events = new ArrayList<>();
        while (produced.get() < before + 2000) {
            events.add(client.next());
        }
        client.send("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r\"}}");
        events.addAll(client.until("cancelled"));
        checkSequence(events);
        assertTrue(events.stream().anyMatch(event -> event.containsKey("n")), "chunks were joined while the socket was busy");
        assertTrue(gone.await(30, TimeUnit.SECONDS));
    }

    @Test
    void shouldStopTheAgentWhenTheViewerIsGoneIfItIsAskedTo() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        serve(Agent.of("patient", (request, sink) -> {
            sink.cancellation().onCancel(gone::countDown);
            started.countDown();
            new CountDownLatch(1).await();
        }), HandlerThreading.WORKER);
        TestClient client = connect();
        client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"p\",\"onDisconnect\":\"cancel\"}}");
        assertTrue(started.await(30, TimeUnit.SECONDS));
        client.close();
        assertTrue(gone.await(30, TimeUnit.SECONDS));
    }

    @Test
    void shouldAuthenticateByTheFirstMessage() throws Exception {
        AuthConfig auth = AuthConfig.bearer(token -> token.equals("good") ? AuthenticatedUser.of("ann") : null)
                .required(true).firstMessageTimeout(Duration.ofSeconds(60)).build();
        serve(new DemoAgent(scheduler), WebSocketConfig.builder().auth(auth).build());
        TestClient client = connect();
        client.send("{\"type\":\"generate\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("AUTH_REQUIRED", client.next().get("code"));
        client.send("{\"type\":\"auth\",\"payload\":{\"token\":\"bad\"}}");
        assertEquals("AUTH_INVALID", client.next().get("code"));
        client.send("{\"type\":\"auth\",\"payload\":{\"token\":\"good\"}}");
        assertEquals("auth_ok", client.next().get("type"));
        client.send("{\"type\":\"generate\",\"requestId\":\"r\",\"payload\":{\"prompt\":\"p\"}}");
        assertEquals("You said: p", client.next().get("content"));
        assertEquals(1, manager.getConnectionsByUser("ann").size());
    }

    @Test
    void shouldSayGoodbye() throws Exception {
        serve(new DemoAgent(scheduler), HandlerThreading.WORKER);
        TestClient client = connect();
        assertEquals(1, handler.shutdown("Back soon", 100));
        assertEquals("Back soon", client.next().get("message"));
        manager.closeAll(1001, "Server shutting down");
        assertEquals(1001, client.closeCode());
    }
}
