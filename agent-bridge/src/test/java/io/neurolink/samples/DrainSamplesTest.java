package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.TestSocket;
import io.neurolink.engine.DrainReport;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
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
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).webSocket(manager).build().start();
                TestSocket client = TestSocket.connect("ws://localhost:" + server.port() + "/ws")) {
            client.send("a.txt");
            Runnable task = tasks.poll(60, TimeUnit.SECONDS);
            CompletableFuture<DrainReport> report = DrainSamples.drain(server);
            assertFalse(server.isReady());
            assertTrue(client.next().startsWith("about to stop, come back in 1"));
            assertFalse(report.isDone());
            task.run();
            assertEquals("all of a.txt", client.next());
            assertEquals(1001, client.closeCode());
            DrainReport ended = report.get(60, TimeUnit.SECONDS);
            assertEquals(new DrainReport(1, 0, 1, 0, 0, 0, ended.duration(), false), ended);
            assertTrue(ended.duration().compareTo(Duration.ofSeconds(5)) >= 0, ended::toString);
        }
    }
}
