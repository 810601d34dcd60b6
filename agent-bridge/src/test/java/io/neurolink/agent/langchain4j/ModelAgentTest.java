package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentMessage;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentSettings;
import io.neurolink.agent.spi.ToolDeclaration;
import io.neurolink.agent.spi.ToolOutcome;
import io.neurolink.agent.spi.Usage;
import io.neurolink.agent.support.EventLog;
import io.neurolink.agent.support.FakeProvider;
import io.neurolink.agent.support.FakeProvider.Exchange;
import io.neurolink.agent.support.FakeProvider.Script;
import io.neurolink.engine.spi.TraceContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The agents openai, anthropic and ollama against a provider that speaks as theirs do. */
@Timeout(120)
class ModelAgentTest {
    private static final String KEY = "sk-very-secret-key-0123456789";

    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
    private final Map<String, String> environment = new HashMap<>();
    private FakeProvider provider;

    @BeforeEach
    void start() throws IOException {
        provider = FakeProvider.start();
    }

    @AfterEach
    void stop() throws IOException {
        provider.close();
        timers.shutdownNow();
    }

    private Agent agent(Dialect dialect) {
        return agent(dialect, provider.url());
    }

    private Agent agent(Dialect dialect, String url) {
        environment.put(dialect.keyVariable(), KEY);
        return dialect.provider().create(new AgentSettings(Map.of("baseUrl", dialect.baseUrl(url), "model", "small"), timers,
                environment::get));
    }

    private static AgentRequest prompt(String text) {
        return AgentRequest.of("r1", text);
    }

    private static AgentRequest withExtra(String name, Object value) {
        return prompt("hi").withOptions(AgentOptions.ofExtra(Map.of(name, value)));
    }

    private static AgentRequest inSession(String text, String sessionId) {
        return new AgentRequest("r", text, List.of(AgentMessage.user(text)), AgentOptions.NONE, sessionId, null, List.of(), Map.of());
    }

    private static AgentRequest withTool(String text) {
        return new AgentRequest("r", text, List.of(AgentMessage.user(text)), AgentOptions.NONE, null, null,
                List.of(new ToolDeclaration("add", "Adds numbers", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"}}}")),
                Map.of());
    }

    @ParameterizedTest
    @EnumSource
    void shouldStreamReasoningTextUsageAndTheReasonOfTheEnd(Dialect dialect) throws Exception {
        provider.answer(exchange -> {
            dialect.head(exchange);
            exchange.send(dialect.reasoning("hm, 😀"));
            exchange.send(dialect.text("Hello ") + dialect.text("wörld"));
            exchange.send(dialect.finish(false));
            exchange.end();
        });
        EventLog run = EventLog.of(agent(dialect).run(prompt("hi there")));
        assertEquals(List.of(new AgentEvent.Reasoning("hm, 😀"), new AgentEvent.Text("Hello "), new AgentEvent.Text("wörld"),
                new AgentEvent.UsageReported(Usage.of(3, 5)), new AgentEvent.Finished("stop")), run.events());
        Exchange asked = provider.next();
        assertTrue(asked.body().contains("hi there") && asked.body().contains("\"small\""), asked.body());
        assertEquals(dialect == Dialect.OLLAMA ? null : KEY, dialect == Dialect.OPENAI
                ? asked.header("Authorization").substring("Bearer ".length()) : asked.header("x-api-key"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldTellTheProviderOfTheTrace(Dialect dialect) throws Exception {
        FakeProvider.Script script = exchange -> {
            dialect.head(exchange);
            exchange.send(dialect.text("x") + dialect.finish(false));
            exchange.end();
        };
        provider.answer(script, script);
        TraceContext trace = TraceContext.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=1");
        EventLog.of(agent(dialect).run(new AgentRequest("r", "hi", List.of(AgentMessage.user("hi")), AgentOptions.NONE, null, null,
                List.of(), Map.of(), trace))).text();
        Exchange asked = provider.next();
        assertEquals(trace.traceparent(), asked.header("traceparent"));
        assertEquals("a=1", asked.header("tracestate"));

        EventLog.of(agent(dialect).run(prompt("hi"))).text();
        assertNull(provider.next().header("traceparent"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadAnAnswerThatComesByteByByte(Dialect dialect) {
        provider.answer(exchange -> {
            dialect.head(exchange);
            String answer = dialect.text("Grüße ") + dialect.text("😀") + dialect.finish(false);
            for (byte each : answer.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
                exchange.raw("1\r\n");
                exchange.rawByte(each);
                exchange.raw("\r\n");
            }
            exchange.end();
        });
        assertEquals("Grüße 😀", EventLog.of(agent(dialect).run(prompt("hi"))).text());
    }

    @ParameterizedTest
    @EnumSource
    void shouldRunToolsAndAskAgain(Dialect dialect) throws Exception {
        provider.answer(exchange -> {
            dialect.head(exchange);
            exchange.send(dialect.text("Let me see. "));
            exchange.send(dialect.toolCall(0, "t1", "add", "{\"a\": 1}") + dialect.toolCall(1, "t2", "add", "{\"a\": 2}"));
            exchange.send(dialect.finish(true));
            exchange.end();
        }, dialect.answering("Three."));
        EventLog run = EventLog.of(agent(dialect).run(withTool("add them")));
        AgentEvent.ToolRequested first = run.next(AgentEvent.ToolRequested.class);
        AgentEvent.ToolRequested second = run.next(AgentEvent.ToolRequested.class);
        assertEquals(List.of(Map.of("a", 1L), Map.of("a", 2L)), List.of(first.args(), second.args()));
        assertFalse(first.toolCallId().equals(second.toolCallId()));
        Exchange asked = provider.next();
        assertTrue(asked.body().contains("Adds numbers"), asked.body());
        second.outcome().complete(ToolOutcome.failed("not allowed"));
        assertEquals(0, provider.waitingCount());
        first.outcome().complete(ToolOutcome.of(Map.of("sum", 3L)));
        assertEquals("Let me see. Three.", run.text());
        String again = provider.next().body();
        assertTrue(again.contains("{\\\"sum\\\":3}") && again.contains("not allowed") && again.contains("add them"), again);
        assertEquals(new AgentEvent.UsageReported(Usage.of(6, 10)), run.events().stream()
                .filter(AgentEvent.UsageReported.class::isInstance).reduce((one, other) -> other).orElseThrow());
    }

    @Test
    void shouldGiveEveryToolCallAnIdOfItsOwn() throws Exception {
        provider.answer(Dialect.OPENAI.calling(null, "add", "{}"), Dialect.OPENAI.calling("x", "add", "{}"),
                Dialect.OPENAI.calling("x", "add", "{}"), Dialect.OPENAI.answering("done"));
        EventLog run = EventLog.of(agent(Dialect.OPENAI).run(withTool("go")));
        var ids = new java.util.HashSet<String>();
        for (int i = 0; i < 3; i++) {
            AgentEvent.ToolRequested call = run.next(AgentEvent.ToolRequested.class);
            assertTrue(!call.toolCallId().isBlank() && ids.add(call.toolCallId()), call.toolCallId());
            call.outcome().complete(ToolOutcome.of("ok"));
        }
        assertEquals("done", run.text());
    }

    @Test
    void shouldTellTheModelThatItsArgumentsAreNotJson() throws Exception {
        provider.answer(Dialect.OPENAI.calling("t", "add", "{\"a\": "), Dialect.OPENAI.answering("sorry"));
        EventLog run = EventLog.of(agent(Dialect.OPENAI).run(withTool("go")));
        assertEquals("sorry", run.text());
        assertTrue(run.events().stream().anyMatch(event -> event instanceof AgentEvent.ToolFinished end && end.error() != null));
        provider.next();
        assertTrue(provider.next().body().contains("not JSON"));
    }

    @Test
    void shouldStopAModelThatNeverStopsAskingForTools() throws Exception {
        Script[] scripts = new Script[11];
        java.util.Arrays.setAll(scripts, i -> Dialect.OPENAI.calling("t" + i, "add", "{}"));
        provider.answer(scripts);
        EventLog run = EventLog.of(agent(Dialect.OPENAI).run(withTool("go")));
        for (int i = 0; i < 11; i++) {
            run.next(AgentEvent.ToolRequested.class).outcome().complete(ToolOutcome.of("ok"));
        }
        AgentException failure = run.failure();
        assertEquals("MODEL_ERROR", failure.code());
        assertTrue(failure.getMessage().contains("maxToolRounds"), failure.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void shouldContinueTheSession(Dialect dialect) throws Exception {
        Agent agent = agent(dialect);
        provider.answer(dialect.answering("Paris"), dialect.answering("Seine"), dialect.answering("who?"));
        assertEquals("Paris", EventLog.of(agent.run(inSession("capital of France", "s1"))).text());
        assertEquals("Seine", EventLog.of(agent.run(inSession("its river", "s1"))).text());
        assertEquals("who?", EventLog.of(agent.run(inSession("and mine", "s2"))).text());
        provider.next();
        String second = provider.next().body();
        assertTrue(second.indexOf("capital of France") < second.indexOf("Paris") && second.indexOf("Paris") < second.indexOf("its river"),
                second);
        assertFalse(provider.next().body().contains("Paris"));
    }

    @Test
    void shouldRememberWhatWasDeliveredOfACancelledTurnAndNothingOfAFailedOne() throws Exception {
        Dialect dialect = Dialect.OPENAI;
        Agent agent = agent(dialect);
        provider.answer(exchange -> {
            dialect.head(exchange);
            exchange.send(dialect.text("Once upon"));
            exchange.awaitClosed();
        }, exchange -> exchange.fail(500, "{}"), dialect.answering("a time"));
        EventLog first = EventLog.of(agent.run(inSession("a story", "s")));
        first.next(AgentEvent.Text.class);
        assertTrue(first.cancel());
        EventLog.of(agent.run(inSession("that failed", "s"))).failure();
        assertEquals("a time", EventLog.of(agent.run(inSession("go on", "s"))).text());
        provider.next();
        provider.next();
        String third = provider.next().body();
        assertTrue(third.contains("a story") && third.contains("Once upon") && third.contains("go on"), third);
        assertFalse(third.contains("that failed"), third);
    }

    @Test
    void shouldTakeTheConversationOfTheClientInsteadOfItsOwn() throws Exception {
        Agent agent = agent(Dialect.OPENAI);
        provider.answer(Dialect.OPENAI.answering("one"), Dialect.OPENAI.answering("two"), Dialect.OPENAI.answering("three"));
        EventLog.of(agent.run(inSession("first", "s"))).text();
        List<AgentMessage> messages = List.of(AgentMessage.user("other"), new AgentMessage("assistant", "way"), AgentMessage.user("now"));
        EventLog.of(agent.run(new AgentRequest("r", "now", messages, AgentOptions.NONE, "s", null, List.of(),
                Map.of("messages", List.of(1))))).text();
        EventLog.of(agent.run(inSession("last", "s"))).text();
        provider.next();
        String second = provider.next().body();
        assertFalse(second.contains("first"), second);
        String third = provider.next().body();
        assertTrue(third.contains("other") && third.contains("two") && !third.contains("first"), third);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "401 | {\"error\":{\"message\":\"Incorrect API key provided: KEY\"}} | MODEL_ERROR | false | credentials",
        "403 | KEY | MODEL_ERROR | false | credentials",
        "429 | {\"error\":{\"message\":\"slow down KEY\"}} | RATE_LIMITED | true | slow down",
        "429 | {\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}} | RATE_LIMITED | false | pay",
        "404 | {\"error\":{\"message\":\"gone\"}} | MODEL_ERROR | false | 'small'",
        "400 | {\"error\":{\"message\":\"too long, KEY\"}} | MODEL_ERROR | false | too long",
        "400 | {\"error\":{\"message\":\"no\",\"code\":\"content_filter\"}} | CONTENT_FILTERED | false | content",
        "408 | {} | MODEL_TIMEOUT | true | in time",
        "500 | <html>KEY | MODEL_UNAVAILABLE | true | HTTP 500",
        "503 | {\"error\":\"busy\"} | MODEL_UNAVAILABLE | true | busy",
        "529 | {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Over\"}} | MODEL_UNAVAILABLE | true | Over"})
    void shouldMakeACodeOfEveryRefusal(int status, String body, String code, boolean isRetryable, String text) {
        for (Dialect dialect : Dialect.values()) {
            environment.put("NO_KEY", KEY);
            provider.answer(exchange -> exchange.fail(status, body.replace("KEY", KEY)));
            AgentException failure = EventLog.of(agent(dialect).run(prompt("hi"))).failure();
            assertEquals(code, failure.code(), failure.getMessage());
            assertEquals(isRetryable, failure.isRetryable());
            assertTrue(failure.getMessage().contains(text), failure.getMessage());
            assertFalse(dialect != Dialect.OLLAMA && failure.getMessage().contains(KEY), failure.getMessage());
            assertNull(failure.getCause());
        }
    }

    @Test
    void shouldKeepWhatTheProviderSaysAboutTryingAgain() {
        String inTenSeconds = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.of(2026, 1, 1, 0, 0, 10, 0, ZoneOffset.UTC));
        provider.answer(exchange -> exchange.fail(429, "{}", "Retry-After: 7"),
                exchange -> exchange.fail(503, "{}", "Date: Thu, 1 Jan 2026 00:00:00 GMT", "Retry-After: " + inTenSeconds),
                exchange -> exchange.fail(429, "{}", "Retry-After: 7", "retry-after-ms: 250"),
                exchange -> exchange.fail(429, "{}", "Retry-After: soon"));
        Agent agent = agent(Dialect.OPENAI);
        for (long expected : new long[] {7000, 10_000, 250, AgentException.NO_HINT}) {
            assertEquals(expected, EventLog.of(agent.run(prompt("hi"))).failure().retryAfterMs());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldFailInTheMidstOfAnAnswer(Dialect dialect) throws Exception {
        Script[] scripts = {
            exchange -> {
                dialect.head(exchange);
                exchange.send(dialect.text("half"));
                exchange.cut();
            },
            exchange -> {
                dialect.head(exchange);
                exchange.send(dialect.text("half"));
                exchange.end();
            },
            exchange -> {
                dialect.head(exchange);
                exchange.send(dialect.text("half"));
                exchange.send(dialect.error());
                exchange.awaitClosed();
            }};
        provider.answer(scripts);
        Agent agent = agent(dialect);
        for (int i = 0; i < scripts.length; i++) {
            EventLog run = EventLog.of(agent.run(prompt("hi")));
            assertEquals(new AgentEvent.Text("half"), run.next());
            AgentException failure = run.failure();
            boolean isNamed = i < 2 || dialect != Dialect.OLLAMA;
            assertEquals(isNamed ? "MODEL_UNAVAILABLE" : "MODEL_ERROR", failure.code(), failure.getMessage());
            assertEquals(isNamed, failure.isRetryable());
            assertTrue(i < 2 || failure.getMessage().contains("it broke"), failure.getMessage());
        }
    }

    @Test
    void shouldSayThatNobodyListens() throws IOException {
        try (Socket bound = new Socket()) {
            bound.bind(new InetSocketAddress(0));
            AgentException failure =
                    EventLog.of(agent(Dialect.OPENAI, "http://localhost:" + bound.getLocalPort()).run(prompt("hi"))).failure();
            assertEquals("MODEL_UNAVAILABLE", failure.code());
            assertTrue(failure.getMessage().contains("cannot be reached"), failure.getMessage());
        }
    }

    @Test
    void shouldReportOptionsThatTheModelDoesNotKnow() {
        for (Dialect dialect : List.of(Dialect.ANTHROPIC, Dialect.OLLAMA)) {
            AgentException failure = assertThrows(AgentException.class, () -> agent(dialect).run(withExtra("colour", "red")));
            assertEquals("INVALID_PAYLOAD", failure.code());
            assertTrue(failure.getMessage().contains("options.colour"), failure.getMessage());
        }
        assertThrows(AgentException.class, () -> agent(Dialect.OPENAI).run(withExtra("stream", false)));
        assertThrows(AgentException.class, () -> agent(Dialect.OPENAI).run(prompt("hi").withOptions(
                new AgentOptions(null, "other", null, null, null, List.of(), null, null, Map.of()))));
        assertThrows(AgentException.class, () -> agent(Dialect.OPENAI).run(prompt(" ")));
    }

    @ParameterizedTest
    @EnumSource
    void shouldPassTheOptionsOn(Dialect dialect) throws Exception {
        provider.answer(dialect.answering("ok"));
        AgentOptions options = new AgentOptions("big", dialect.provider().name(), 0.25, 77, 0.5, List.of("END"), "Be brief.", 42L,
                dialect == Dialect.OPENAI ? Map.of("logit_bias", Map.of("50256", -100L)) : Map.of("topK", 9L));
        EventLog.of(agent(dialect).run(prompt("hi").withOptions(options))).text();
        String body = provider.next().body();
        for (String part : List.of("\"big\"", "0.25", "77", "0.5", "END", "Be brief.", dialect == Dialect.OPENAI ? "50256" : "9")) {
            assertTrue(body.contains(part), part + " in " + body);
        }
        assertEquals(dialect != Dialect.ANTHROPIC, body.contains("42"), body);
    }

    @Test
    void shouldNeedAKeyAndSayWhereButNeverWhatItIs() {
        environment.put("BAD", "sk-with-\nnewline");
        for (Dialect dialect : List.of(Dialect.OPENAI, Dialect.ANTHROPIC)) {
            String missing = assertThrows(IllegalArgumentException.class, () -> dialect.provider().create(
                    new AgentSettings(Map.of(), timers, environment::get))).getMessage();
            assertTrue(missing.contains(dialect.keyVariable()), missing);
            String bad = assertThrows(IllegalArgumentException.class, () -> dialect.provider().create(
                    new AgentSettings(Map.of("apiKeyEnv", "BAD"), timers, environment::get))).getMessage();
            assertTrue(bad.contains("BAD") && !bad.contains("newline"), bad);
        }
        assertFalse(agent(Dialect.OPENAI).toString().contains(KEY));
    }

    @Test
    void shouldDoWithoutAKeyWhereTheUrlIsNotOpenAis() throws Exception {
        provider.answer(Dialect.OPENAI.answering("ok"));
        Agent agent = Dialect.OPENAI.provider().create(new AgentSettings(Map.of("baseUrl", provider.url() + "/v1"), timers, name -> null));
        assertEquals("ok", EventLog.of(agent.run(prompt("hi"))).text());
        assertNull(provider.next().header("Authorization"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldSlowTheProviderDownWhileNobodyReadsAndStopItStill(Dialect dialect) throws Exception {
        provider.answer(exchange -> {
            dialect.head(exchange);
            String piece = dialect.text("x".repeat(1000));
            while (exchange.written() < 200_000_000) {
                exchange.send(piece);
            }
        });
        EventLog run = EventLog.paused(agent(dialect).run(prompt("hi")));
        run.request(5);
        Exchange exchange = provider.next();
        for (int i = 0; i < 5; i++) {
            run.next(AgentEvent.Text.class);
        }
        long before = -1;
        while (before != exchange.written()) {
            before = exchange.written();
            new java.util.concurrent.CountDownLatch(1).await(300, TimeUnit.MILLISECONDS);
        }
        assertTrue(before < 100_000_000, "written " + before);
        assertFalse(exchange.isClosed());
        run.request(5000);
        for (int i = 0; i < 5000; i++) {
            run.next(AgentEvent.Text.class);
        }
        assertClosed(run, exchange, dialect + " paused");
    }

    @ParameterizedTest
    @EnumSource
    void shouldCloseTheConnectionBeforeTheHeadersBeforeTheFirstTokenAndInTheMidst(Dialect dialect) throws Exception {
        Agent agent = agent(dialect);
        agent.run(prompt("warm up"));
        provider.answer(Exchange::awaitClosed,
                exchange -> {
                    dialect.head(exchange);
                    exchange.awaitClosed();
                },
                exchange -> {
                    dialect.head(exchange);
                    exchange.send(dialect.text("one ") + dialect.text("two "));
                    exchange.awaitClosed();
                });
        for (String when : List.of("before headers", "before the first token", "mid-stream")) {
            EventLog run = EventLog.of(agent.run(prompt("hi")));
            Exchange exchange = provider.next();
            if (when.equals("mid-stream")) {
                run.next();
                run.next();
            } else {
                exchange.awaitSilence();
            }
            assertClosed(run, exchange, dialect + " " + when);
            assertFalse(run.isEnded());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCloseTheConnectionWhileAToolRuns(Dialect dialect) throws Exception {
        provider.answer(exchange -> {
            dialect.head(exchange);
            exchange.send(dialect.toolCall(0, "t", "add", "{}") + dialect.finish(true));
            exchange.awaitClosed();
        });
        EventLog run = EventLog.of(agent(dialect).run(withTool("hi")));
        AgentEvent.ToolRequested call = run.next(AgentEvent.ToolRequested.class);
        assertClosed(run, provider.next(), dialect + " while a tool runs");
        call.outcome().complete(ToolOutcome.of("too late"));
        assertEquals(0, provider.waitingCount());
    }

    private static void assertClosed(EventLog run, Exchange exchange, String when) {
        long startNs = System.nanoTime();
        assertTrue(run.cancel());
        long tookNs = exchange.awaitClosed() - startNs;
        if (Boolean.getBoolean("models.measure")) {
            System.out.printf("%s: %.1f ms%n", when, tookNs / 1e6);
        }
        assertTrue(tookNs < Duration.ofSeconds(20).toNanos(), when + " took " + tookNs + " ns");
    }
}
