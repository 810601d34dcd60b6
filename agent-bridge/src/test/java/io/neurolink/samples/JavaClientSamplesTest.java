package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.client.AgentClient;
import io.neurolink.agent.client.AgentClientOptions;
import io.neurolink.agent.client.AgentPrompt;
import io.neurolink.agent.client.AgentRun;
import io.neurolink.agent.client.ClientListener;
import io.neurolink.agent.client.ClientState;
import io.neurolink.agent.client.ClientTool;
import io.neurolink.agent.client.RunEvent;
import io.neurolink.agent.client.RunResult;
import io.neurolink.agent.client.ToolDecision;
import io.neurolink.agent.demo.DemoAgent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.client.ProxyChooser;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The samples of the guide's chapter about the Java client, run against the demo agent. */
@Timeout(120)
class JavaClientSamplesTest {
    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
    private final AgentHandler handler = AgentHandler.create(new DemoAgent(timers));
    private NeuroLinkServer server;
    private URI uri;

    @BeforeEach
    void start() throws Exception {
        var manager = new WebSocketConnectionManager();
        manager.registerHandler("/ws/agent", handler);
        server = NeuroLinkServer.builder().host("localhost").port(0).webSocket(manager).build().start();
        uri = URI.create("ws://localhost:" + server.port() + "/ws/agent");
    }

    @AfterEach
    void stop() {
        server.close();
        handler.close();
        timers.shutdownNow();
    }

    @Test
    void shouldAnswer() throws Exception {
        try (AgentClient client = AgentClient.connect(uri)) {
            System.out.println(client.stream("Hello").text());
        }
        try (AgentClient client = AgentClient.connect(uri)) {
            assertEquals("You said: Hello", client.stream("Hello").await(Duration.ofMinutes(1)).text());
        }
    }

    @Test
    void shouldTellAStory() {
        StringBuilder story = new StringBuilder();
        try (AgentClient client = AgentClient.connect(uri)) {
            for (RunEvent event : client.stream(AgentPrompt.of("A story, please").option("delayMs", 0).sessionId("evening"))) {
                if (event instanceof RunEvent.Text part) {
                    story.append(part.text());
                } else if (event instanceof RunEvent.Completed end) {
                    story.append(" [").append(end.usage().totalTokens()).append(" tokens]");
                }
            }
        }
        assertTrue(story.toString().matches("You said: A story, please \\[\\d+ tokens]"), story::toString);
    }

    @Test
    void shouldStopAndAnswerInOnePiece() throws Exception {
        BlockingQueue<String> stopped = new LinkedBlockingQueue<>();
        try (AgentClient client = AgentClient.connect(uri)) {
            Flow.Subscriber<RunEvent> subscriber = new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                    subscription.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(RunEvent event) {
                    // Looked at elsewhere.
                }

                @Override
                public void onError(Throwable error) {
                    stopped.add(error.toString());
                }

                @Override
                public void onComplete() {
                    // The result tells.
                }
            };
            AgentRun run = client.stream(AgentPrompt.of("Go on until I say stop").option("words", 1_000_000));
            run.events().subscribe(subscriber);
            run.cancel("enough").thenAccept(result -> stopped.add(result.reason()));
            assertEquals("enough", stopped.poll(60, TimeUnit.SECONDS));
            CompletableFuture<RunResult> whole = client.generate(AgentPrompt.of("In one piece").option("delayMs", 0));
            CompletableFuture<Object> sum = client.callTool("add", Map.of("a", 2, "b", 3));
            assertEquals("You said: In one piece", whole.get().text());
            assertEquals(5L, sum.get());
        }
    }

    private static AgentClientOptions configured(Supplier<String> credentials, BlockingQueue<ClientState> states) {
        var location = new ClientTool("location", "Tells where the user is", Map.of("type", "object"),
                arguments -> CompletableFuture.completedFuture(Map.of("latitude", 41.9, "longitude", 12.5)));
        return AgentClientOptions.defaults()
                .token(credentials)                             // asked before each connection, and when the last one ends soon
                .tool(location)
                .approver((requestId, call) -> CompletableFuture.completedFuture(
                        call.toolName().equals("refund") ? ToolDecision.refused("ask a person") : ToolDecision.APPROVED))
                .backOff(Duration.ofMillis(200), Duration.ofSeconds(10))
                .listener(new ClientListener() {
                    @Override
                    public void onState(ClientState from, ClientState to, AgentException cause) {
                        states.add(to);
                    }
                });
    }

    @Test
    void shouldBeConfigured() throws Exception {
        BlockingQueue<ClientState> states = new LinkedBlockingQueue<>();
        try (AgentClient client = AgentClient.connect(uri, configured(() -> "secret", states))) {
            assertEquals("You said: Hi", client.stream("Hi").text());
        }
        assertEquals(List.of(ClientState.OPEN, ClientState.CLOSED),
                List.of(states.poll(60, TimeUnit.SECONDS), states.poll(60, TimeUnit.SECONDS)));
    }

    @Test
    void shouldAskWhichProxyToTake() throws Exception {
        List<URI> asked = new ArrayList<>();
        URI uri = URI.create("ws://localhost:" + server.port() + "/ws/agent");
        assertTrue(askThrough(uri, target -> {
            asked.add(target);
            return null;
        }).contains("Hello"));
        assertEquals(List.of(uri), asked);
    }

    private static String askThrough(URI uri, ProxyChooser proxies) throws Exception {
        try (AgentClient client = AgentClient.connect(uri, AgentClientOptions.defaults().retryFirst().proxies(proxies))) {
            return client.stream("Hello").text();
        }
    }
}
