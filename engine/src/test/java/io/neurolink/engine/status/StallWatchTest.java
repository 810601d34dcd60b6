package io.neurolink.engine.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StallWatchTest {
    private static final long MS = 1_000_000;
    private static final long START_NS = Long.MAX_VALUE - 100 * MS;

    private final FakeDuty one = new FakeDuty("one");
    private final FakeDuty two = new FakeDuty("two");
    private final List<String> told = new ArrayList<>();
    private final StallWatch<FakeDuty> watch = new StallWatch<>(List.of(one, two), 1_000 * MS,
            (duty, stalledNs) -> told.add(duty.name + " " + stalledNs / MS), START_NS);
    private long nowNs = START_NS;

    private static final class FakeDuty implements StallWatch.Watched {
        private final String name;
        private boolean isBusy = true;
        private long progress;

        private FakeDuty(String name) {
            this.name = name;
        }

        @Override
        public boolean isBusy() {
            return isBusy;
        }

        @Override
        public long progress() {
            return progress;
        }
    }

    private void pass(int ms) {
        for (int passed = 0; passed < ms; passed += 250) {
            nowNs += Math.min(250, ms - passed) * MS;
            watch.check(nowNs);
        }
    }

    @Test
    void shouldTellOfADutyThatIsStuckOnceItIsForTooLong() {
        for (int i = 0; i < 3; i++) {
            two.progress++;
            pass(250);
        }
        two.progress++;
        pass(249);
        assertEquals(List.of(), told);
        pass(1);
        assertEquals(List.of("one 1000"), told);
        two.progress++;
        pass(750);
        two.progress++;
        pass(750);

        assertEquals(List.of("one 1000"), told, "once");
    }

    @Test
    void shouldTellOfEachStall() {
        two.isBusy = false;
        pass(1_500);
        one.progress++;
        pass(1_250);

        assertEquals(List.of("one 1000", "one 1000"), told);
    }

    @Test
    void shouldNotTakeSleepForAStall() {
        one.isBusy = false;
        two.isBusy = false;
        pass(10_000);
        one.isBusy = true;
        pass(750);
        one.isBusy = false;
        pass(250);
        one.isBusy = true;
        pass(750);

        assertEquals(List.of(), told);
    }

    @Test
    void shouldNotBlameADutyForAPauseOfTheProcess() {
        pass(500);
        nowNs += 60_000 * MS;
        watch.check(nowNs);
        assertEquals(List.of(), told);
        pass(1_000);

        assertEquals(List.of("one 1000", "two 1000"), told);
    }
}
