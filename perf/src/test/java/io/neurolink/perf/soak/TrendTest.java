package io.neurolink.perf.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class TrendTest {
    @Test
    void shouldFindTheSlopeInSpiteOfOutliers() {
        double[] seconds = new double[40];
        double[] values = new double[40];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = 3 * i;
            values[i] = 7 + 2 * seconds[i];
        }
        assertEquals(2, Trend.slope(seconds, values), 1e-9);
        values[5] = 100_000;
        values[20] = -5000;
        values[39] = 3000;
        assertEquals(2, Trend.slope(seconds, values), 0.05);
    }

    @Test
    void shouldBeFlatForASaw() {
        double[] seconds = new double[60];
        double[] values = new double[60];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = i;
            values[i] = i % 3;
        }
        assertTrue(Math.abs(Trend.slope(seconds, values)) < 0.01);
        assertEquals(0, Trend.slope(new double[1], new double[1]));
    }

    @Test
    void shouldReadTimes() {
        SoakCommand.DurationConverter converter = new SoakCommand.DurationConverter();
        assertEquals(Duration.ofSeconds(90), converter.convert("90s"));
        assertEquals(Duration.ofMinutes(3), converter.convert("3m"));
        assertEquals(Duration.ofHours(1), converter.convert("1h"));
        assertThrows(TypeConversionException.class, () -> converter.convert("0s"));
        assertThrows(TypeConversionException.class, () -> converter.convert("90"));
    }
}
