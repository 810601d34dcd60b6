package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.metrics.ServerMetrics;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a running server tells about itself, over real sockets. */
class ServerMetricsTest {
    private static final long WAIT_S = 60;

    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private NeuroLinkServer server;
    private WebSocketConnectionManager manager;

    /** Says it back; "fail" is thrown. */
    private static final class Echo implements WebSocketHandler {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            if (message.text().equals("fail")) {
                throw new IllegalStateException("as wished");
            }
            connection.send(message.text());
        }
    }

    private final class Listener implements WebSocket.Listener {
        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            answers.add(data.toString());
            socket.request(1);
            return null;
        }
    }

    @AfterEach
    void closeServer() {
        if (server != null) {
            server.close();
        }
    }

    private void start(HandlerThreading threading) throws Exception {
        manager = new WebSocketConnectionManager(
                WebSocketConfig.builder().handlerThreading(threading).build());
        manager.registerHandler("/ws", new Echo());
        manager.registerHandler("/rooms/*", new Echo());
        server = NeuroLinkServer.builder().port(0).eventLoops(1).webSocket(manager).build().start();
    }

    private WebSocket connect(String path) {
        return http.newWebSocketBuilder().buildAsync(URI.create("ws://localhost:" + server.port() + path), new Listener()).join();
    }

    private void echo(WebSocket socket, String text) throws Exception {
        socket.sendText(text, true).join();
        assertEquals(text, answers.poll(WAIT_S, TimeUnit.SECONDS));
    }

    private void await(Predicate<ServerMetrics> condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
        while (!condition.test(server.metrics())) {
            assertTrue(System.nanoTime() - deadlineNs < 0, () -> server.metrics().toString());
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldBeAllZeroBeforeTheStart() {
        ServerMetrics metrics = NeuroLinkServer.builder().build().metrics();
        assertEquals(0, metrics.connections().opened());
        assertEquals(List.of(), metrics.threads());
        assertEquals(0, metrics.handlerTime().count());
        assertTrue(metrics.memory().limitBytes() > 0);
        assertNotNull(metrics.families());
    }

    @ParameterizedTest
    @EnumSource(value = HandlerThreading.class, names = {"INLINE", "WORKER"})
    void shouldCountWhatHappens(HandlerThreading threading) throws Exception {
        start(threading);
        WebSocket first = connect("/ws");
        connect("/rooms/one");
        connect("/rooms/two");
        echo(first, "hello");
        first.sendText("fail", true).join();
        echo(first, "again");
        assertThrows(CompletionException.class, () -> connect("/nowhere"));
        await(metrics -> metrics.traffic().messagesOut() == 2 && metrics.handlerTime().count() >= 2);
        ServerMetrics metrics = server.metrics();
        assertEquals(3, metrics.connections().open());
        assertEquals(Map.of("/ws", 1L, "/rooms/*", 2L), metrics.connections().openByPath());
        assertEquals(1, metrics.upgrades().refusedByReason().get("not_found"));
        assertEquals(1, metrics.upgrades().refused());
        assertEquals(3, metrics.upgrades().accepted());
        assertEquals(3, metrics.traffic().messagesIn());
        assertEquals(2, metrics.traffic().messagesOut());
        assertTrue(metrics.traffic().bytesIn() > 3 * 6, metrics::toString);
        assertTrue(metrics.handlerTime().sum() > 0);
        assertEquals(1, metrics.errors().handler());
        assertEquals("as wished", metrics.errors().distinct().get(0).message());
        assertTrue(metrics.threads().stream().anyMatch(thread -> thread.name().equals("neurolink-loop-0") && thread.busyNs() > 0));
        assertEquals(metrics.counters(), Map.copyOf(metrics.counters()));
    }

    @Test
    void shouldTellRoundTripTimes() throws Exception {
        start(HandlerThreading.INLINE);
        WebSocket socket = connect("/ws");
        manager.getAllConnections().iterator().next().ping();
        echo(socket, "something to read");
        // The largest value is the last that a histogram learns of a new one.
        await(metrics -> metrics.roundTripTime().max() > 0);
        assertEquals(1, server.metrics().roundTripTime().count());
    }

    @Test
    void shouldTellCloseReasons() throws Exception {
        start(HandlerThreading.INLINE);
        connect("/ws").sendClose(1000, "bye").join();
        // Of what is counted for the end of a connection, its reason is the last.
        await(metrics -> metrics.connections().closedByReason().get("normal") == 1);
        assertEquals(0, server.metrics().connections().open());
        assertEquals(1, server.metrics().connections().closed());
    }

    @Test
    void shouldNameEveryMetricOnceWithTheSameTags() throws Exception {
        start(HandlerThreading.WORKER);
        connect("/ws");
        Set<String> names = new HashSet<>();
        for (MetricFamily family : server.metrics().families()) {
            assertTrue(names.add(family.prometheusName()), family.name());
            assertTrue(family.name().matches("neurolink(\\.[a-z]+)+"), family.name());
            assertTrue(family.description().endsWith("."), family.name());
            assertEquals(1, family.samples().stream().map(sample -> sample.tags().keySet()).distinct().count(), family.name());
            family.samples().forEach(sample -> assertEquals(family.kind() == MetricFamily.Kind.HISTOGRAM, sample.histogram() != null));
        }
        Set<String> some = Set.of("neurolink_messages_total", "neurolink_traffic_bytes_total", "neurolink_connections_open",
                "neurolink_handler_time_seconds", "neurolink_thread_busy_seconds_total", "neurolink_upgrades_refused_total");
        assertTrue(names.containsAll(some), names::toString);
    }

    @Test
    void shouldTellHowBusyThreadsWereBetweenTwoLooks() throws Exception {
        start(HandlerThreading.INLINE);
        ServerMetrics before = server.metrics();
        WebSocket socket = connect("/ws");
        echo(socket, "hello");
        Map<String, Double> ratios = server.metrics().busyRatiosSince(before);
        assertTrue(ratios.get("neurolink-loop-0") > 0 && ratios.get("neurolink-loop-0") <= 1, ratios::toString);
    }
}
