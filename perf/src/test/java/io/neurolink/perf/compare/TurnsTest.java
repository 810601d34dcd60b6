package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final List<String> events = new ArrayList<>();
    private final Turns<Long> turns = new Turns<>(new Signals() {
        @Override
        public void stop(long pid) {
            events.add("stop " + pid);
        }

        @Override
        public void resume(long pid) {
            events.add("resume " + pid);
        }
    }, pid -> pid);
    private final List<Workload> workloads = Samples.plan(List.of(), 1, 1, "e50", "p16").workloads();

    @Test
    void shouldLetOneServerRunAtATime() {
        turns.rest(7L);
        turns.round(1, List.of(7L, 8L), workloads, (pid, workload) -> events.add(workload.name() + " on " + pid));

        assertEquals(List.of("stop 7", "resume 7", "e50 on 7", "stop 7", "resume 8", "e50 on 8", "stop 8",
                "resume 7", "p16 on 7", "stop 7", "resume 8", "p16 on 8", "stop 8"), events);
    }

    @Test
    void shouldTurnTheOrderAroundEveryOtherRound() {
        turns.round(2, List.of(7L, 8L), workloads.subList(0, 1), (pid, workload) -> events.add("on " + pid));

        assertEquals(List.of("resume 8", "on 8", "stop 8", "resume 7", "on 7", "stop 7"), events);
    }

    @Test
    void shouldStopAServerWhoseTurnFails() {
        assertThrows(IllegalStateException.class, () -> turns.round(1, List.of(7L, 8L), workloads, (pid, workload) -> {
            throw new IllegalStateException("no");
        }));

        assertEquals(List.of("resume 7", "stop 7"), events);
    }
}
