package io.neurolink.engine.duty;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** A consumer that goes to sleep while producers publish: somebody must notice. */
public final class ParkingStress {

    private ParkingStress() {
    }

    /** r1: the consumer sleeps; r2: how often it was woken. The publication itself is a plain field: the fences must order it. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "It slept and was woken.")
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "It saw the message, or the wake-up, and did not sleep.")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "A lost wake-up.")
    @Outcome(id = "0, 1", expect = Expect.FORBIDDEN, desc = "A redundant wake-up.")
    @State
    public static class OneProducer {

        private int wakeUps;
        private int message;
        private final Parking parking = new Parking(() -> wakeUps++);

        @Actor
        public void consumer(II_Result r) {
            parking.prepareToPark();
            if (message != 0) {
                parking.awake();
            } else if (parking.tryPark()) {
                r.r1 = 1;
            }
        }

        @Actor
        public void producer() {
            message = 1;
            parking.wakeUp();
        }

        @Arbiter
        public void arbiter(II_Result r) {
            r.r2 = wakeUps;
        }
    }

    /** Two producers, of which one at most has to make the system call. r1: slept; r2, r3: who woke it. */
    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "It did not sleep.")
    @Outcome(id = {"1, 1, 0", "1, 0, 1"}, expect = Expect.ACCEPTABLE, desc = "It slept and one producer woke it.")
    @Outcome(id = "1, 0, 0", expect = Expect.FORBIDDEN, desc = "A lost wake-up.")
    @Outcome(id = "1, 1, 1", expect = Expect.FORBIDDEN, desc = "Woken twice.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Woken without having slept.")
    @State
    public static class TwoProducers {

        private final ThreadLocal<int[]> callers = ThreadLocal.withInitial(() -> new int[1]);
        private int first;
        private int second;
        private final Parking parking = new Parking(() -> callers.get()[0]++);

        @Actor
        public void consumer(III_Result r) {
            parking.prepareToPark();
            if (first + second != 0) {
                parking.awake();
            } else if (parking.tryPark()) {
                r.r1 = 1;
            }
        }

        @Actor
        public void firstProducer(III_Result r) {
            first = 1;
            r.r2 = countOwnWakeUps();
        }

        @Actor
        public void secondProducer(III_Result r) {
            second = 1;
            r.r3 = countOwnWakeUps();
        }

        private int countOwnWakeUps() {
            int before = callers.get()[0];
            parking.wakeUp();
            return callers.get()[0] - before;
        }
    }

    /** Both producers find it asleep: one of them makes the system call. r1, r2: who did. */
    @JCStressTest
    @Outcome(id = {"1, 0", "0, 1"}, expect = Expect.ACCEPTABLE, desc = "One producer woke it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Woken twice or not at all.")
    @State
    public static class TwoProducersOneSleeper {

        private final ThreadLocal<int[]> callers = ThreadLocal.withInitial(() -> new int[1]);
        private final Parking parking = new Parking(() -> callers.get()[0]++);

        public TwoProducersOneSleeper() {
            parking.prepareToPark();
            parking.tryPark();
        }

        @Actor
        public void firstProducer(II_Result r) {
            r.r1 = countOwnWakeUps();
        }

        @Actor
        public void secondProducer(II_Result r) {
            r.r2 = countOwnWakeUps();
        }

        private int countOwnWakeUps() {
            int before = callers.get()[0];
            parking.wakeUp();
            return callers.get()[0] - before;
        }
    }

    /** A consumer that was just up again goes back to sleep: the second sleep must not miss what came during the first. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "It saw the message and did not sleep at the end.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "It slept at the end and was woken.")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Woken from the first sleep, it saw the message.")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "A lost wake-up.")
    @State
    public static class SleepTwice {

        private int wakeUps;
        private int message;
        private final Parking parking = new Parking(() -> wakeUps++);

        @Actor
        public void consumer(II_Result r) {
            parking.prepareToPark();
            if (message == 0) {
                parking.tryPark();
            }
            parking.awake();
            if (message == 0) {
                parking.prepareToPark();
                if (message == 0 && parking.tryPark()) {
                    r.r1 = 1;
                } else {
                    parking.awake();
                }
            }
        }

        @Actor
        public void producer() {
            message = 1;
            parking.wakeUp();
        }

        @Arbiter
        public void arbiter(II_Result r) {
            r.r2 = wakeUps;
        }
    }
}
