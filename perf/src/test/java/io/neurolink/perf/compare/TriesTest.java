package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TriesTest {
    private final List<Integer> made = new ArrayList<>();

    private Cell cleanest(int retries, double... others) {
        return Tries.cleanest(retries, number -> {
            made.add(number);
            return Samples.cell("engine", "e50", 1, 100 * number, others[number - 1]);
        });
    }

    @Test
    void shouldTakeACleanCellAtOnce() {
        assertEquals(100, Metric.PER_SECOND.of(cleanest(2, 0.15, 0, 0)));
        assertEquals(List.of(1), made);
    }

    @Test
    void shouldTakeTheCleanestOfThree() {
        Cell cell = cleanest(2, 0.9, 0.3, 0.5);

        assertEquals(200, Metric.PER_SECOND.of(cell));
        assertEquals(3, cell.tries());
        assertEquals(List.of(1, 2, 3), made);
    }

    @Test
    void shouldEndWithTheFirstCleanOne() {
        assertEquals(2, cleanest(2, 0.9, 0.1, 0).tries());
    }

    @Test
    void shouldNotTryAgainIfThatIsNotWanted() {
        assertEquals(1, cleanest(0, 0.9).tries());
    }

    @Test
    void shouldForgiveAMissedRateOnABusyMachineOnly() {
        for (double others : new double[] {0, 0.9}) {
            Cell cell = Tries.cleanest(1, number -> number == 2 ? Samples.cell("engine", "rate", 1, 100, 0)
                    : new Cell("engine", "rate", 1, 1, 1, Map.of("ok", false, "firstError", "the rate was missed: 7 of 9",
                            "othersBusy", others), null));

            assertEquals(others > 0, cell.isOk());
        }
    }

    @Test
    void shouldNotHideAFailure() {
        Cell cell = Tries.cleanest(2, number -> number == 1 ? Samples.cell("engine", "e50", 1, 100, 0.9)
                : Samples.failed("engine", "e50", 1, "wrong answer"));

        assertFalse(cell.isOk());
        assertEquals("wrong answer", cell.complaint());
    }
}
