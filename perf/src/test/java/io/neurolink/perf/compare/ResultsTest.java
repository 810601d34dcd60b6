package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private final Results results = new Results();

    @Test
    void shouldSumUpNumbers() {
        Spread spread = Spread.of(4, Double.NaN, 1, 3, 2);

        assertEquals(new Spread(4, 1, 1.75, 2.5, 3.25, 4), spread);
        assertEquals(new Spread(1, 7, 7, 7, 7, 7), Spread.of(7));
        assertTrue(Spread.of().isEmpty());
        assertTrue(Double.isNaN(Spread.of().median()));
    }

    /** The machine is ten times slower in the second round; the ratio within a round does not see it, that of the medians would. */
    @Test
    void shouldTakeTheMedianOfTheRatiosWithinARound() {
        double[] ours = {200, 22, 300};
        double[] theirs = {100, 10, 200};
        for (int i = 0; i < ours.length; i++) {
            results.add(Samples.cell("engine", "e50", i + 1, ours[i], 0));
            results.add(Samples.cell("netty", "e50", i + 1, theirs[i], 0));
        }

        Spread ratio = results.ratio("e50", "engine", "netty", Metric.PER_SECOND);

        assertEquals(3, ratio.count());
        assertEquals(2.0, ratio.median(), 1e-9);
        assertEquals(1.5, ratio.min(), 1e-9);
        assertEquals(2.2, ratio.max(), 1e-9);
        assertEquals(0.5, results.ratio("e50", "engine", "netty", Metric.CPU_NS).median(), 1e-9);
        assertEquals(200, results.spread("e50", "engine", Metric.PER_SECOND).median());
    }

    @Test
    void shouldPairOnlyRoundsThatBothHave() {
        results.add(Samples.cell("engine", "e50", 1, 300, 0));
        results.add(Samples.cell("engine", "e50", 2, 100, 0));
        results.add(Samples.cell("engine", "p16", 1, 900, 0));
        results.add(Samples.failed("netty", "e50", 1, "gone"));
        results.add(Samples.cell("netty", "e50", 2, 50, 0));
        results.add(Samples.cell("netty", "e50", 3, 1, 0));

        assertEquals(Spread.of(2), results.ratio("e50", "engine", "netty", Metric.PER_SECOND));
        assertEquals(Optional.of("gone"), results.complaint("e50", "netty"));
        assertTrue(results.has("e50", "netty"));
        assertFalse(results.has("p16", "netty"));
        assertTrue(results.ratio("p16", "engine", "netty", Metric.PER_SECOND).isEmpty());
    }

    @Test
    void shouldAddUpTheHistogramsOfAllRounds() {
        results.add(Samples.cell("engine", "e50", 1, 300, 0));
        results.add(Samples.cell("engine", "e50", 2, 300, 0));

        assertEquals(3_000, results.latencies("e50", "engine").getTotalCount());
        assertEquals(50_000, results.latencies("e50", "engine").getMaxValue(), 100);
        assertEquals(0, results.latencies("e50", "netty").getTotalCount());
    }

    @Test
    void shouldReadNumbersOfAnyClassAndMissNone() {
        Cell cell = Samples.cell("engine", "e50", 1, 300, 0.1);

        assertEquals(50_000, Metric.P50_NS.of(cell));
        assertEquals(90_000, Metric.P99_NS.of(cell));
        assertEquals(200_000.5, Metric.P999_NS.of(cell));
        assertTrue(Double.isNaN(Metric.RSS_OPEN.of(cell)));
    }
}
