package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.status.EngineCounter;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.Parameter;

/** Tests of the whole server in lock-step, in one or several modes. What must hold at the end of every test is checked there. */
abstract class LockStepTest {
    @Parameter
    Mode mode;

    LockStepServer server;
    RecordingHandler handler = new RecordingHandler();

    /** Errors that a test provokes, each with its type. */
    private List<String> expectedErrors = List.of();

    @AfterEach
    void endServer() {
        if (server != null) {
            server.end();
            assertCount(0, EngineCounter.LOOP_ERRORS);
            assertEquals(expectedErrors, server.errors().stream().sorted().toList(), () -> "errors: " + server.stacks());
        }
    }

    void expectErrors(String... errors) {
        expectedErrors = List.of(errors);
    }

    /** A server with {@link #handler} on {@code /ws}. */
    LockStepServer start(Consumer<WebSocketConfig.Builder> config) {
        server = LockStepServer.builder(mode).config(config).handler(handler).start();
        return server;
    }

    LockStepServer start() {
        return start(config -> { });
    }

    void assertCount(long expected, EngineCounter counter) {
        assertEquals(expected, server.counter(counter), counter::label);
    }
}
