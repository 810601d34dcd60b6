package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SendTimesTest {
    @Test
    void shouldKeepTheTimesOfAllThatIsUnansweredHoweverMuchThatIs() {
        SendTimes times = new SendTimes();
        long oldest = 0;
        for (long i = 0; i < 100_000; i++) {
            times.put(i, oldest, -i);
            if (i % 3 == 0) {
                oldest++;
            }
        }
        for (long i = oldest; i < 100_000; i++) {
            assertEquals(-i, times.get(i));
        }
    }
}
