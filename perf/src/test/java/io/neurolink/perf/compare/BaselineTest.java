package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.perf.report.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BaselineTest {
    private static Map<String, Object> baseline(double ours, double floors) {
        Results results = new Results();
        results.add(Samples.cell("engine", "e50", 1, ours, 0));
        results.add(Samples.cell("nio-floor", "e50", 1, floors, 0));
        Plan plan = Samples.plan(List.of(Samples.server("engine"), Samples.server("nio-floor")), 1, 1, "e50", "p16");
        return Baseline.of(results, plan, List.of("nio-floor", "netty"));
    }

    @Test
    void shouldKeepRatiosAndNotTimes() {
        assertEquals("{\"e50\":{\"base\":\"nio-floor\",\"perSecond\":0.9}}", Json.line(baseline(900, 1000)));
    }

    @Test
    void shouldSeeACollapseOnAMachineOfAnySpeed() {
        Map<String, Object> stored = JsonText.read(Json.of(baseline(900, 1000)));

        assertEquals(List.of(), Baseline.collapses(stored, baseline(60_000, 100_000), 0.4));
        assertEquals(List.of("e50 perSecond to nio-floor was 0.900 and is 0.500, worse than 0.540"),
                Baseline.collapses(stored, baseline(50, 100), 0.4));
        assertEquals(1, Baseline.comparable(stored, baseline(50, 100)));
    }

    @Test
    void shouldTakeLessAsBetterWhereItIs() {
        Map<String, Object> stored = Map.of("rate", Map.of("base", "nio-floor", "p50", 1.2));

        assertEquals(List.of(), Baseline.collapses(stored, Map.of("rate", Map.of("base", "nio-floor", "p50", 1.9)), 0.4));
        assertEquals(1, Baseline.collapses(stored, Map.of("rate", Map.of("base", "nio-floor", "p50", 2.1)), 0.4).size());
        assertEquals(1, Baseline.collapses(stored, Map.of("rate", Map.of("base", "nio-floor")), 0.4).size());
    }

    @Test
    void shouldNotCompareWhatHasAnotherBase() {
        Map<String, Object> stored = Map.of("e50", Map.of("base", "netty", "perSecond", 9));

        assertTrue(Baseline.collapses(stored, baseline(1, 1), 0.4).isEmpty());
        assertEquals(0, Baseline.comparable(stored, baseline(1, 1)));
    }
}
