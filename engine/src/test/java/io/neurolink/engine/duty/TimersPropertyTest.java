package io.neurolink.engine.duty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random operations on a wheel, next to a plain map that says what must fire. */
class TimersPropertyTest {

    private static final long TICK_NS = 16;
    private static final int TICKS = 64;

    private static final int PLAIN = 5;
    private static final int REARMING = 6;

    private enum Kind { SCHEDULE_NEAR, SCHEDULE_FAR, SCHEDULE_PAST, CANCEL, STEP, SLEEP, POLL_LIMITED }

    private record Step(Kind kind, int amount) {
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(Arbitraries.of(Kind.class), Arbitraries.integers().between(0, 5_000)).as(Step::new)
            .list().ofMinSize(1).ofMaxSize(300);
    }

    @Property(tries = 600)
    void shouldFireExactlyWhatIsDue(@ForAll("steps") List<Step> steps, @ForAll Random random) {
        for (long startNs : new long[] {0, -3_333, Long.MAX_VALUE - 5_000}) {
            Model model = new Model(startNs, new Timers(startNs, TICK_NS, TICKS), random);
            steps.forEach(model::apply);
            model.advance(TICK_NS * TICKS * 20);
            model.advance(TICK_NS * TICKS * 20);
            assertEquals(Map.of(), model.armed);
            assertEquals(0, model.timers.size());
        }
    }

    private static final class Model implements TimerOwner {

        private final Timers timers;
        private final Random random;
        private final Map<Long, Long> armed = new HashMap<>();
        private final Set<Long> rearmed = new HashSet<>();
        private long nowNs;

        Model(long startNs, Timers timers, Random random) {
            this.nowNs = startNs;
            this.timers = timers;
            this.random = random;
        }

        void apply(Step step) {
            switch (step.kind()) {
                case SCHEDULE_NEAR -> schedule(nowNs + step.amount() % 200);
                case SCHEDULE_FAR -> schedule(nowNs + step.amount());
                case SCHEDULE_PAST -> schedule(nowNs - step.amount());
                case CANCEL -> cancel();
                case STEP -> advance(step.amount() % 20);
                case SLEEP -> advance(step.amount());
                default -> pollLimited(step.amount() % 7);
            }
            verifySleep();
        }

        private void schedule(long deadlineNs) {
            int kind = random.nextInt(3) == 0 ? REARMING : PLAIN;
            armed.put(timers.schedule(deadlineNs, this, kind), deadlineNs);
        }

        private void cancel() {
            if (!armed.isEmpty()) {
                long timerId = armed.keySet().stream().skip(random.nextInt(armed.size())).findFirst().orElseThrow();
                armed.remove(timerId);
                assertTrue(timers.cancel(timerId));
                assertFalse(timers.cancel(timerId));
            }
        }

        void advance(long ns) {
            nowNs += ns;
            rearmed.clear();
            timers.poll(nowNs, Integer.MAX_VALUE);
            assertTrue(rearmed.containsAll(due()), "only what was armed meanwhile may be left");
            timers.poll(nowNs, Integer.MAX_VALUE);
            assertEquals(Set.of(), due());
            assertEquals(armed.size(), timers.size());
        }

        private void pollLimited(int limit) {
            nowNs += random.nextInt(3_000);
            int before = armed.size();
            int due = due().size();
            rearmed.clear();
            int fired = timers.poll(nowNs, limit);
            assertTrue(fired >= Math.min(due, limit) && fired <= limit, "fired " + fired + " of " + due + ", limit " + limit);
            assertEquals(before - fired + rearmed.size(), armed.size());
        }

        private Set<Long> due() {
            return armed.keySet().stream().filter(timerId -> armed.get(timerId) - nowNs <= 0).collect(Collectors.toSet());
        }

        private void verifySleep() {
            if (armed.isEmpty()) {
                assertEquals(Timers.NO_DEADLINE, timers.delayNs(nowNs));
                return;
            }
            long delayNs = armed.values().stream().mapToLong(deadlineNs -> Math.max(0, deadlineNs - nowNs)).min().orElseThrow();
            assertTrue(timers.delayNs(nowNs) <= delayNs, "never too late");
        }

        @Override
        public void onTimer(long timerId, int kind, long atNs) {
            assertEquals(nowNs, atNs);
            Long deadlineNs = armed.remove(timerId);
            assertTrue(deadlineNs != null && deadlineNs - nowNs <= 0, "armed and due");
            assertFalse(timers.isScheduled(timerId));
            if (kind == REARMING) {
                long rearmedNs = nowNs + random.nextInt(4_000) - 2_000;
                long rearmedId = timers.schedule(rearmedNs, this, PLAIN);
                armed.put(rearmedId, rearmedNs);
                rearmed.add(rearmedId);
            }
        }
    }
}
