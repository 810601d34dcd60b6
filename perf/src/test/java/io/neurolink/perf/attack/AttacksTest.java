package io.neurolink.perf.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.perf.server.Balances;
import io.neurolink.perf.server.TargetState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class AttacksTest {
    private final StringWriter out = new StringWriter();

    private int execute(String... args) {
        PrintWriter writer = new PrintWriter(out, true);
        return new CommandLine(new AttackCommand()).setOut(writer).setErr(writer).execute(args);
    }

    @Test
    void shouldNameEachAttackOnce() {
        List<String> names = Attacks.ALL.stream().map(Attack::name).toList();
        assertEquals(names.size(), new HashSet<>(names).size());
        assertEquals(0, execute("--list"));
        assertEquals(names, out.toString().lines().toList());
    }

    @Test
    void shouldComplainAboutAnAttackThatIsNone() {
        assertEquals(2, execute("--only", "sneezing"));
        assertTrue(out.toString().startsWith("--only: there is no attack 'sneezing', but slow-loris"), out.toString());
    }

    @Test
    void shouldTellSumsThatDoNotComeOut() {
        Map<String, Long> values = new HashMap<>();
        for (EngineCounter counter : EngineCounter.values()) {
            values.put(counter.label(), 0L);
        }
        assertEquals(List.of(), Balances.off(new TargetState(values)));
        values.put("connections.opened", 3L);
        values.put("connections.closed", 1L);
        values.put("connections.open", 1L);

        assertEquals(List.of("connections.opened 3 is not the sum of connections.closed 1 connections.open 1"),
                Balances.off(new TargetState(values)));
    }
}
