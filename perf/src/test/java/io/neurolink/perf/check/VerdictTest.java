package io.neurolink.perf.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {
    @ParameterizedTest
    @CsvSource({
        "0.1, 0, OK", "0.5, 0, OK", "1.0, 0, OK", "1.001, 0, COLLAPSED", "NaN, 0, COLLAPSED", "Infinity, 0, COLLAPSED",
        "0.5, 1, OK", "0.5, 1.01, ALLOCATES", "1.1, 500, COLLAPSED"})
    void shouldJudgeWhatDidNotAllocate(double ratio, double allocatedBytes, Verdict expected) {
        assertEquals(expected, Verdict.of(new Figure(10, ratio, allocatedBytes, 0), new Stored.Entry(0.5, 0, null), 2));
    }

    @ParameterizedTest
    @CsvSource({"1000, 0, OK", "1051, 0, OK", "1052, 0, ALLOCATES", "1052, 3, OK", "0, 0, OK"})
    void shouldLeaveRoomForNoiseWhereMuchIsAllocated(double allocatedBytes, double overheadBytes, Verdict expected) {
        assertEquals(expected, Verdict.of(new Figure(10, 1, allocatedBytes, overheadBytes), new Stored.Entry(1, 1000, null), 2));
    }

    @Test
    void shouldNotJudgeWithoutAnythingStored() {
        assertEquals(Verdict.NEW, Verdict.of(new Figure(10, 99, 99, 0), null, 2));
    }

    @Test
    void shouldTakeTheBetterOfTwoMeasurements() {
        assertEquals(new Figure(10, 0.5, 1, 4), new Figure(10, 0.7, 1, 2).better(new Figure(12, 0.5, 3, 4)));
    }

    @Test
    void shouldDivideByTheBaseline() {
        Figure figure = new Measurement(1, 1, 1, 100).figure(new Score(30, 2), new Score(60, 500));
        assertEquals(0.5, figure.ratio(), 1e-9);
        assertEquals(30, figure.timeNs(), 1e-9);
        assertEquals(2, figure.allocatedBytes(), 1e-9);
        assertEquals(8192 * 30 / 100e6, figure.overheadBytes(), 1e-9);
    }
}
