package io.neurolink.agent.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class AgentSpiValuesTest {
    @Test
    void shouldEstimateTokensByFourCharacters() {
        assertEquals(new Usage(0, 0, true), Usage.estimate(0, 0));
        assertEquals(new Usage(1, 2, true), Usage.estimate(4, 5));
        assertEquals(3, Usage.estimate(4, 5).totalTokens());
        assertFalse(Usage.of(1, 2).isEstimated());
        assertThrows(IllegalArgumentException.class, () -> Usage.of(-1, 0));
    }

    @Test
    void shouldFindTheFailureBelowCompletionExceptions() {
        AgentException original = new AgentException("RATE_LIMITED", "wait", true, 7000);
        assertSame(original, AgentException.of(new CompletionException(new CompletionException(original)), ErrorCode.MODEL_ERROR));
        AgentException made = AgentException.of(new CompletionException(new IllegalStateException()), ErrorCode.MODEL_UNAVAILABLE);
        assertEquals("MODEL_UNAVAILABLE", made.code());
        assertEquals("IllegalStateException", made.getMessage());
        assertTrue(made.isRetryable());
        assertEquals(AgentException.NO_HINT, made.retryAfterMs());
        assertEquals("no error was given", AgentException.of(null, ErrorCode.INTERNAL).getMessage());
    }

    @Test
    void shouldCheckExtraOptions() {
        AgentOptions options = AgentOptions.ofExtra(Map.of("whole", 5L, "float", 5.0, "fraction", 5.5, "text", "t", "huge", 1e300));
        assertEquals(5, options.extraLong("whole", 0, 5, 9));
        assertEquals(5, options.extraLong("float", 0, 5, 9));
        assertEquals(9, options.extraLong("missing", 0, 5, 9));
        assertEquals("options.whole must be a whole number from 0 to 4", message(() -> options.extraLong("whole", 0, 4, 0)));
        for (String name : List.of("fraction", "text", "huge")) {
            assertEquals("options." + name + " must be a whole number from 0 to 9", message(() -> options.extraLong(name, 0, 9, 0)));
        }
        assertEquals("t", options.extraString("text"));
        assertNull(options.extraString("missing"));
        assertEquals("options.whole must be a string", message(() -> options.extraString("whole")));
    }

    @Test
    void shouldGiveToolsTheirArguments() {
        ToolCall call = new ToolCall("c", Map.of("a", 1L), null, new CancellationSource());
        assertEquals(1L, call.number("a"));
        assertEquals("args.b must be a number", message(() -> call.number("b")));
        assertEquals(Map.of(), new ToolCall("c", null, null, new CancellationSource()).arguments());
        assertEquals("args must be an object", message(() -> new ToolCall("c", List.of(), null, new CancellationSource()).arguments()));
    }

    @Test
    void shouldFindTheDemoAgentByName() {
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try {
            assertEquals("demo", AgentProvider.named("demo").create(AgentSettings.of(scheduler)).name());
        } finally {
            scheduler.shutdownNow();
        }
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () -> AgentProvider.named("nobody"));
        assertEquals("unknown agent 'nobody', there is: anthropic, demo, ollama, openai", error.getMessage());
    }

    @Test
    void shouldCountTheWholeConversation() {
        AgentRequest request = new AgentRequest("r", "b", List.of(new AgentMessage("system", "aaa"), AgentMessage.user("b")),
                AgentOptions.NONE, null, null, List.of(), Map.of());
        assertEquals(4, request.length());
        assertEquals("x", request.withOptions(AgentOptions.ofExtra(Map.of("k", "x"))).options().extraString("k"));
    }

    private static String message(Executable executable) {
        AgentException error = assertThrows(AgentException.class, executable);
        assertEquals("INVALID_PAYLOAD", error.code());
        return error.getMessage();
    }
}
