package io.neurolink.perf.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.status.EngineCounter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TargetStateTest {
    @Test
    void shouldTellEverythingInALineAndReadItBack() throws Exception {
        TargetOptions options = new TargetOptions();
        new CommandLine(new Holder(options)).parseArgs("--max-connections", "7");
        try (NeuroLinkServer server = TargetServer.create(options).start()) {
            TargetState state = TargetState.of(server, 5);

            assertEquals(state, TargetState.parse(state.toLine()));
            for (EngineCounter counter : EngineCounter.values()) {
                assertTrue(state.get(counter.label()) >= 0, counter.label());
            }
            assertTrue(state.get(TargetState.HEAP) > 0);
            assertTrue(state.get(TargetState.THREADS) >= state.get(TargetState.ENGINE_THREADS));
            assertTrue(state.get(TargetState.ENGINE_THREADS) > 0);
            assertEquals(5, state.get(TargetState.DESCRIPTORS_AT_START));
            assertThrows(IllegalArgumentException.class, () -> state.get("nothing"));
        }
    }

    @CommandLine.Command
    private static final class Holder {
        @CommandLine.Mixin
        private final TargetOptions options;

        Holder(TargetOptions options) {
            this.options = options;
        }
    }
}
