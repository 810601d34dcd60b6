package io.neurolink.perf.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The meter must see what is there, else the tests that use it prove nothing. */
class AllocationMeterTest {
    private static final AllocationMeter IMPATIENT = new AllocationMeter(Thread.currentThread(), 20_000, 0);

    private Object kept;

    @Test
    void shouldSeeASmallObjectPerAction() throws Exception {
        double bytes = IMPATIENT.steadyBytes(1, () -> kept = new byte[16]);
        assertEquals(32, bytes, 1);
        assertEquals(16, ((byte[]) kept).length);
    }

    @Test
    void shouldSeeASmallObjectInTenActions() throws Exception {
        int[] count = new int[1];
        double bytes = IMPATIENT.steadyBytes(1, () -> {
            if (++count[0] % 10 == 0) {
                kept = new byte[16];
            }
        });
        assertEquals(3.2, bytes, 0.5);
    }

    @Test
    void shouldSeeNothingWhereNothingIs() throws Exception {
        int[] count = new int[1];
        assertTrue(AllocationMeter.here().steadyBytes(0.5, () -> count[0]++) < 0.5);
        assertTrue(count[0] > 0);
    }
}
