package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.FakeProvider;
import io.neurolink.agent.support.FakeProvider.Exchange;
import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.TestClient;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The packaged server with a model behind it. */
@Timeout(300)
class ModelServerIT {
    private static final String KEY = "sk-very-secret-key-0123456789";

    private final List<Map<String, Object>> seen = new ArrayList<>();

    private static JarProcess start(Dialect dialect, FakeProvider provider) throws Exception {
        return JarProcess.start(Map.of(dialect.keyVariable(), KEY), "--port", "0", "--agent", dialect.provider().name(),
                "--base-url", dialect.baseUrl(provider.url()), "--model", "small");
    }

    private static TestClient connect(JarProcess server) {
        return new TestClient(URI.create(server.url()).getPort(), "/ws/agent");
    }

    private String ask(TestClient client, String id, String prompt) throws InterruptedException {
        client.send("{\"type\":\"stream\",\"requestId\":\"" + id + "\",\"payload\":{\"prompt\":\"" + prompt + "\",\"sessionId\":\"s\"}}");
        List<Map<String, Object>> messages = client.until("stream_complete", "error");
        seen.addAll(messages);
        return messages.stream().filter(message -> message.get("type").equals("chunk")).map(message -> (String) message.get("content"))
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @EnumSource
    void shouldStreamContinueAndStop(Dialect dialect) throws Exception {
        try (FakeProvider provider = FakeProvider.start(); JarProcess server = start(dialect, provider);
                TestClient client = connect(server)) {
            provider.answer(dialect.answering("Bonjour"), dialect.answering("Encore"), exchange -> {
                dialect.head(exchange);
                exchange.send(dialect.text("Never "));
                exchange.awaitClosed();
            }, exchange -> exchange.fail(401, "{\"error\":{\"message\":\"Incorrect API key provided: " + KEY + "\"}}"));
            assertEquals("Bonjour", ask(client, "r1", "say hello"));
            assertEquals("Encore", ask(client, "r2", "again"));
            provider.next();
            String second = provider.next().body();
            assertTrue(second.contains("say hello") && second.contains("Bonjour") && second.contains("again"), second);
            stop(client, provider);
            assertEquals("", ask(client, "r4", "with a key that is wrong"));
            assertEquals("MODEL_ERROR", seen.get(seen.size() - 1).get("code"));
            server.signal("TERM");
            assertEquals(0, server.status());
            assertFalse((seen.toString() + server.stderr() + server.stdout()).contains(KEY), "the key was told");
            assertEquals(List.of(), server.complaints());
        }
    }

    private void stop(TestClient client, FakeProvider provider) throws InterruptedException {
        client.send("{\"type\":\"stream\",\"requestId\":\"r3\",\"payload\":{\"prompt\":\"for ever\"}}");
        seen.addAll(client.until("chunk"));
        Exchange exchange = provider.next();
        client.send("{\"type\":\"cancel\",\"payload\":{\"requestId\":\"r3\"}}");
        List<Map<String, Object>> messages = client.until("cancelled", "error");
        seen.addAll(messages);
        assertEquals(true, messages.get(messages.size() - 1).get("upstreamClosed"));
        exchange.awaitClosed();
    }

    @Test
    void shouldEndWithStatus2IfThereIsNoKey() throws Exception {
        try (JarProcess server = JarProcess.run(Map.of("OPENAI_API_KEY", ""), "--agent", "openai")) {
            assertEquals(2, server.status());
            assertEquals("neurolink-server: --agent: openai needs its API key in the environment variable OPENAI_API_KEY, which is not set",
                    server.stderr());
            assertEquals(List.of(), server.stdout());
        }
    }
}
