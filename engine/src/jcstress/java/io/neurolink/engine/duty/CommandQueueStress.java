package io.neurolink.engine.duty;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** Commands from several threads to one that may go to sleep. */
public final class CommandQueueStress {

    private CommandQueueStress() {
    }

    /** r1: commands the consumer got at once; r2: what is left. Each exactly once, whole. */
    @JCStressTest
    @Outcome(id = {"-, aabb", "-, bbaa", "aa, bb", "bb, aa", "aabb, -", "bbaa, -"}, expect = Expect.ACCEPTABLE, desc = "Each once.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Lost, repeated or half.")
    @State
    public static class TwoProducers {

        private final CommandQueue queue = new CommandQueue(4, new Parking(() -> { }));

        @Actor
        public void first() {
            queue.offer(new Command('a'));
        }

        @Actor
        public void second() {
            queue.offer(new Command('b'));
        }

        @Actor
        public void consumer(LL_Result r) {
            r.r1 = drain(queue);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = drain(queue);
        }
    }

    /** One producer and the consumer: each command once, in order. */
    @JCStressTest
    @Outcome(id = {"-, aabb", "aa, bb", "aabb, -"}, expect = Expect.ACCEPTABLE, desc = "In order, each once.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Out of order, lost, repeated or half.")
    @State
    public static class OneProducer {

        private final CommandQueue queue = new CommandQueue(4, new Parking(() -> { }));

        @Actor
        public void producer() {
            queue.offer(new Command('a'));
            queue.offer(new Command('b'));
        }

        @Actor
        public void consumer(LL_Result r) {
            r.r1 = drain(queue);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = drain(queue);
        }
    }

    /** One free place and two who want it: one gets in. r1: how many wait; r2: how many were refused. */
    @JCStressTest
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "Bounded.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Too many or too few.")
    @State
    public static class Bound {

        private final CommandQueue queue = new CommandQueue(2, new Parking(() -> { }));

        public Bound() {
            queue.offer("first");
        }

        @Actor
        public void second() {
            queue.offer("second");
        }

        @Actor
        public void third() {
            queue.offer("third");
        }

        @Arbiter
        public void arbiter(II_Result r) {
            r.r1 = queue.size();
            r.r2 = (int) queue.refusedCount();
        }
    }

    /** r1: the consumer sleeps though a command waits and nobody woke it; r2: wake-ups nobody needed. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Woken, or awake.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A lost or a redundant wake-up.")
    @State
    public static class Sleep {

        private int wakeUps;
        private int sleeps;
        private final Parking parking = new Parking(() -> wakeUps++);
        private final CommandQueue queue = new CommandQueue(4, parking);

        @Actor
        public void producer() {
            queue.offer("a");
        }

        @Actor
        public void consumer() {
            parking.prepareToPark();
            if (!queue.isEmpty()) {
                parking.awake();
            } else if (parking.tryPark()) {
                sleeps++;
            }
        }

        @Arbiter
        public void arbiter(II_Result r) {
            r.r1 = sleeps > wakeUps ? 1 : 0;
            r.r2 = wakeUps > sleeps ? 1 : 0;
        }
    }

    private static String drain(CommandQueue queue) {
        StringBuilder out = new StringBuilder();
        queue.drain(command -> out.append(((Command) command).first).append(((Command) command).second), 4);
        return out.length() == 0 ? "-" : out.toString();
    }

    private static final class Command {
        char first;
        char second;

        Command(char name) {
            this.first = name;
            this.second = name;
        }
    }
}
