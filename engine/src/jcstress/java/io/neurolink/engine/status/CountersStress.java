package io.neurolink.engine.status;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/** Counting next to reading. */
public final class CountersStress {

    private static final long BOTH_HALVES = 0x1_0000_0001L;

    private CountersStress() {
    }

    /** A reader of a single writer's counter sees whole values that do not fall. */
    @JCStressTest
    @Outcome(id = {"0, 0", "0, 4294967297", "4294967297, 4294967297"}, expect = Expect.ACCEPTABLE, desc = "Whole, and not falling.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Half a value or a step back.")
    @State
    public static class OneWriter {

        private final Counters counters = new Counters();
        private final CounterSet set = counters.newSet("loop-0");

        @Actor
        public void writer() {
            set.add(EngineCounter.BYTES_IN, BOTH_HALVES);
        }

        @Actor
        public void reader(JJ_Result r) {
            r.r1 = counters.sum(EngineCounter.BYTES_IN);
            r.r2 = counters.sum(EngineCounter.BYTES_IN);
        }
    }

    /** Two threads that have a set each and share one lose nothing. */
    @JCStressTest
    @Outcome(id = "4", expect = Expect.ACCEPTABLE, desc = "All counted.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Something was lost.")
    @State
    public static class TwoWriters {

        private final Counters counters = new Counters();
        private final CounterSet first = counters.newSet("loop-0");
        private final CounterSet second = counters.newSet("loop-1");

        @Actor
        public void loop0() {
            first.increment(EngineCounter.MESSAGES_IN);
            counters.shared().increment(EngineCounter.MESSAGES_IN);
        }

        @Actor
        public void loop1() {
            counters.shared().increment(EngineCounter.MESSAGES_IN);
            second.increment(EngineCounter.MESSAGES_IN);
        }

        @Arbiter
        public void arbiter(J_Result r) {
            r.r1 = counters.sum(EngineCounter.MESSAGES_IN);
        }
    }
}
