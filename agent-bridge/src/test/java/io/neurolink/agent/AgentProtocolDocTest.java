package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.demo.DemoAgent;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.session.UserQuota;
import io.neurolink.agent.spi.ActionRules;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.agent.support.ManualTime;
import io.neurolink.engine.spi.AuthDecision;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays every conversation of docs/agent-protocol.md. At a flash the line is cut, and after some time there is a new one. */
class AgentProtocolDocTest {
    private static final Path DOCUMENT = Path.of("").toAbsolutePath().resolveSibling("docs/agent-protocol.md");
    private static final Pattern CONVERSATION =
            Pattern.compile("^```conversation ?(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final String ANYTHING = "…";

    @TestFactory
    List<DynamicTest> shouldTellTheTruth() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        Matcher conversations = CONVERSATION.matcher(Files.readString(DOCUMENT));
        while (conversations.find()) {
            String kind = conversations.group(1);
            List<String> lines = conversations.group(2).lines().toList();
            tests.add(DynamicTest.dynamicTest(lines.get(0), () -> new Replay(kind).perform(lines)));
        }
        assertTrue(tests.size() >= 10, "the document has conversations");
        return tests;
    }

    private static final class Replay {
        private static final int MAX_WAIT_MS = 300_000;

        private final ManualTime time = new ManualTime();
        private final EnvelopeReader reader = new EnvelopeReader(1 << 20, 32, 10_000);
        private final AgentHandler handler;
        private FakeConnection connection = connection();
        private int read;

        private static FakeConnection connection() {
            return new FakeConnection().marks(1_000_000, 1_000_000).authenticator(credential ->
                CompletableFuture.completedStage(credential.equals("right") ? AuthDecision.accepted(AuthenticatedUser.of("ann"))
                        : AuthDecision.rejected(null, "The token is not valid")));
        }

        Replay(String kind) {
            AgentHandlerConfig config = AgentHandlerConfig.builder().firstMessageAuth(kind.equals("auth"))
                    .userQuotas(kind.equals("quota") ? user -> UserQuota.NONE.withRunsPerMinute(1) : null)
                    .authorizer(kind.equals("rules") ? ActionRules.builder().role("tool:add", "staff").build() : null).build();
            handler = AgentHandler.builder(new DemoAgent(time)).config(config).scheduler(time).clocks(time, time)
                    .toolThreads(Runnable::run).build();
            connection.open(handler);
            read = kind.equals("connected") ? 0 : 1;
            if (kind.equals("shutdown")) {
                handler.shutdown("Server shutting down", 2000);
            }
        }

        void perform(List<String> lines) {
            for (String line : lines) {
                String text = line.substring(2);
                if (line.startsWith("→ ")) {
                    connection.receive(text.replace("\"toolCallId\":\"…\"", "\"toolCallId\":\"" + lastToolCallId() + "\""));
                } else if (line.startsWith("⚡ ")) {
                    connection.disconnect();
                    time.advance(Duration.ofMillis(Long.parseLong(text.replaceAll("\\D", ""))));
                    connection = connection().open(handler);
                    read = 1;
                } else {
                    Object expected = reader.readValue(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
                    Map<String, Object> actual = next();
                    assertTrue(matches(expected, actual), () -> "expected " + expected + "\nbut was  " + actual);
                }
            }
            assertEquals(read, connection.messages().size(), () -> "not told: " + connection.messages().subList(read,
                    connection.messages().size()));
        }

        /** Ids are made up by the server: a client answers with the one it was told last. */
        private Object lastToolCallId() {
            return connection.messages().stream().map(message -> message.get("toolCallId")).filter(Objects::nonNull)
                    .reduce((one, later) -> later).orElse(null);
        }

        private Map<String, Object> next() {
            for (int waitedMs = 0; connection.messages().size() == read && waitedMs < MAX_WAIT_MS; waitedMs++) {
                time.advance(Duration.ofMillis(1));
            }
            assertTrue(connection.messages().size() > read, "no further message");
            return connection.messages().get(read++);
        }

        private static boolean matches(Object expected, Object actual) {
            if (expected instanceof Map<?, ?> fields && actual instanceof Map<?, ?> given) {
                return fields.keySet().equals(given.keySet())
                        && fields.keySet().stream().allMatch(name -> matches(fields.get(name), given.get(name)));
            }
            return ANYTHING.equals(expected) || Objects.equals(expected, actual);
        }
    }
}
