package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.perf.compare.Workload.Kind;
import io.neurolink.perf.server.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PlanTest {
    @Test
    void shouldSpreadTheRoundsOverTheLaunches() {
        Plan plan = Samples.plan(List.of(Samples.server("a")), 5, 2, "e50");

        assertEquals(List.of(0, 2, 5), List.of(plan.lastRound(0), plan.lastRound(1), plan.lastRound(2)));
    }

    @Test
    void shouldCountCells() {
        Plan plan = Samples.plan(List.of(Samples.server("a"), Samples.server("b")), 5, 2, "e50", "fan1k", "idle");

        assertEquals(2 * 5 + 2 * 5 + 2 * 2, plan.cellCount());
        assertEquals(List.of(Kind.ECHO, Kind.FAN), plan.kindsInTurn());
        assertTrue(plan.estimatedSeconds() > 30);
    }

    @Test
    void shouldTellWhatIsLeft() {
        List<String> lines = new ArrayList<>();
        AtomicLong nowNs = new AtomicLong();
        ProgressLines progress = new ProgressLines(Samples.plan(List.of(Samples.server("a")), 2, 1, "e50"), lines::add, nowNs::get);

        nowNs.set(60_000_000_000L);
        progress.taken(Samples.cell("a", "e50", 1, 1000, 0));
        progress.taken(Samples.failed("a", "e50", 2, "gone"));

        assertTrue(lines.get(0).contains("1/2  round 1  e50") && lines.get(0).endsWith("(about 60 s left)"), lines.get(0));
        assertTrue(lines.get(1).contains("FAILED: gone") && lines.get(1).endsWith("(done)"), lines.get(1));
    }

    @Test
    void shouldStartServersForTheWorkload() throws Exception {
        Contestant server = Samples.server("a");
        try (Certificate certificate = Certificate.make()) {
            assertTrue(server.commandFor(Kind.FAN, certificate).containsAll(List.of("--port", "0", "--broadcast")));
            assertTrue(server.commandFor(Kind.TLS, certificate).contains(certificate.key().toString()));
            assertTrue(server.commandFor(Kind.DEFLATE, certificate).contains("--compression"));
            assertEquals(6, server.commandFor(Kind.IDLE, certificate).size());
        }
    }
}
