package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.DrainReport;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs what docs/operations/deploy.md shows. */
@Timeout(120)
class DrainSamplesTest {
    @Test
    void shouldWaitForWhatIsGoingOn() throws Exception {
        BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
        var manager = new WebSocketConnectionManager();
        manager.registerHandler("/ws", new DrainSamples.Downloads(tasks::add));
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start()) {
            WebSocket client = HttpClient.newHttpClient().newWebSocketBuilder()
                    .buildAsync(URI.create("ws://localhost:" + server.port() + "/ws"), new Listener(told, closed)).join();
            client.sendText("a.txt", true).join();
            Runnable task = tasks.poll(60, TimeUnit.SECONDS);
            CompletableFuture<DrainReport> report = DrainSamples.drain(server);
            assertFalse(server.isReady());
            assertTrue(told.poll(60, TimeUnit.SECONDS).startsWith("about to stop, come back in 1"));
            assertFalse(report.isDone());
            task.run();
            assertEquals("all of a.txt", told.poll(60, TimeUnit.SECONDS));
            assertEquals(1001, closed.get(60, TimeUnit.SECONDS));
            DrainReport ended = report.get(60, TimeUnit.SECONDS);
            assertEquals(new DrainReport(1, 0, 1, 0, 0, 0, ended.duration(), false), ended);
            assertTrue(ended.duration().compareTo(Duration.ofSeconds(5)) >= 0, ended::toString);
        }
    }

    private record Listener(BlockingQueue<String> told, CompletableFuture<Integer> closed) implements WebSocket.Listener {
        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
            told.add(data.toString());
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }
    }
}
