package io.neurolink.agent.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.support.JarProcess;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What "exactly once" means to a client of the packaged server: while the server lives, whatever becomes of the line, each part of an
 * answer comes once. When it is killed, its runs are gone: what came of them is a beginning without a gap, and they fail and say so; what
 * it
 * had not accepted is asked of its successor.
 */
@Timeout(300)
class ExactlyOnceIT {
    private static final int WORDS = 400;

    /** Keeps the text that came, and lets the test wait for it. */
    private static final class Reader implements Flow.Subscriber<RunEvent> {
        private final StringBuilder text = new StringBuilder();
        private final CountDownLatch begun = new CountDownLatch(20);
        private final CompletableFuture<String> end = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(RunEvent event) {
            if (event instanceof RunEvent.Text part) {
                text.append(part.text());
                begun.countDown();
            }
        }

        @Override
        public void onError(Throwable failure) {
            end.complete(((AgentException) failure).code());
        }

        @Override
        public void onComplete() {
            end.complete("complete");
        }

        String end() {
            return end.orTimeout(200, TimeUnit.SECONDS).join();
        }
    }

    private static int portOf(JarProcess server) {
        return URI.create(server.url()).getPort();
    }

    private static AgentClient client(int port, ClientListener listener) {
        return AgentClient.connect(URI.create("ws://localhost:" + port + "/ws/agent"), AgentClientOptions.defaults().listener(listener)
                .retryFirst().backOff(Duration.ofMillis(10), Duration.ofMillis(200)));
    }

    private static AgentPrompt words(int delayMs) {
        return AgentPrompt.of("go").option("words", WORDS).option("delayMs", delayMs);
    }

    private static String whole(AgentClient client) throws Exception {
        return client.stream(words(0)).await(Duration.ofMinutes(2)).text();
    }

    @Test
    void shouldGetEachPartOnceWhateverBecomesOfTheLine() throws Exception {
        try (JarProcess server = JarProcess.start(Map.of(), "--port", "0");
                AgentClient straight = client(portOf(server), ClientListener.NONE);
                CuttingRelay relay = new CuttingRelay(portOf(server), number -> 800 + number * 150);
                AgentClient client = client(relay.port(), ClientListener.NONE)) {
            String expected = whole(straight);
            List<Reader> readers = new ArrayList<>();
            List<CompletableFuture<RunResult>> results = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                Reader reader = new Reader();
                AgentRun run = client.stream(words(1));
                run.events().subscribe(reader);
                readers.add(reader);
                results.add(run.result());
            }
            for (int i = 0; i < readers.size(); i++) {
                assertEquals("complete", readers.get(i).end());
                assertEquals(expected, readers.get(i).text.toString());
                assertEquals(expected, results.get(i).join().text());
            }
            assertTrue(relay.connectionCount() > 5, () -> relay.connectionCount() + " connections");
        }
    }

    @Test
    void shouldReconnectAfterTheServerWasKilledAndInventNothing() throws Exception {
        CountDownLatch lost = new CountDownLatch(1);
        ClientListener listener = new ClientListener() {
            @Override
            public void onState(ClientState from, ClientState to, AgentException cause) {
                if (from == ClientState.OPEN) {
                    lost.countDown();
                }
            }
        };
        JarProcess first = JarProcess.start(Map.of(), "--port", "0");
        int port = portOf(first);
        try (first; AgentClient client = client(port, listener)) {
            String expected = whole(client);
            Reader reader = new Reader();
            AgentRun run = client.stream(words(20));
            run.events().subscribe(reader);
            assertTrue(reader.begun.await(60, TimeUnit.SECONDS), "the answer began");
            first.signal("KILL");
            first.status();
            assertTrue(lost.await(60, TimeUnit.SECONDS), "the client noticed");
            AgentRun meanwhile = client.stream(words(0));
            try (JarProcess second = startedAt(port)) {
                assertEquals("RESUME_EPOCH", reader.end());
                String begun = reader.text.toString();
                assertTrue(expected.startsWith(begun) && begun.length() < expected.length(), begun);
                AgentException failure = (AgentException) assertThrows(CompletionException.class, () -> run.result().join()).getCause();
                assertEquals("RESUME_EPOCH", failure.code());
                assertFalse(run.result().isCancelled());
                assertEquals(expected, meanwhile.await(Duration.ofMinutes(2)).text(), "what no server had seen");
                assertEquals(expected, whole(client));
                second.signal("TERM");
                assertEquals(0, second.status());
                assertEquals(List.of(), second.complaints());
            }
        }
    }

    /** On the port of the one before, whose connections the system may still have in mind. */
    private static JarProcess startedAt(int port) throws IOException {
        return JarProcess.start(Map.of(), "--port", String.valueOf(port));
    }
}
