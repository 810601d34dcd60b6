package io.neurolink.engine.duty;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** What the consumer of a lane sees of what the producer wrote. */
public final class MessageLaneStress {

    private MessageLaneStress() {
    }

    private static LaneConsumer into(StringBuilder out) {
        return (attachment, type, time, bytes, offset, length) -> {
            out.append(attachment).append(type).append(time).append('[');
            for (int i = 0; i < length; i++) {
                out.append((char) bytes[offset + i]);
            }
            out.append(']');
            return true;
        };
    }

    private static byte[] fill(char c, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) c);
        return bytes;
    }

    /** One message: all of it or nothing. */
    @JCStressTest
    @Outcome(id = "-", expect = Expect.ACCEPTABLE, desc = "Not there yet.")
    @Outcome(id = "a78\\[xxxxxxxx\\]", expect = Expect.ACCEPTABLE, desc = "Whole.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Half a message.")
    @State
    public static class OneMessage {

        private final MessageLane lane = new MessageLane(2, 64, 0);
        private final byte[] payload = fill('x', 8);

        @Actor
        public void producer() {
            lane.offer("a", 7, 8, payload, 0, payload.length);
        }

        @Actor
        public void consumer(L_Result r) {
            StringBuilder out = new StringBuilder();
            lane.drain(into(out), 1);
            r.r1 = out.length() == 0 ? "-" : out.toString();
        }
    }

    /** A claim written in place and a payload in an array of its own. */
    @JCStressTest
    @Outcome(id = "-", expect = Expect.ACCEPTABLE, desc = "Not there yet.")
    @Outcome(id = "a12\\[yyyy\\]", expect = Expect.ACCEPTABLE, desc = "The first.")
    @Outcome(id = "a12\\[yyyy\\]b34\\[zzzzzzzzzzzzzzzzzzzz\\]", expect = Expect.ACCEPTABLE, desc = "Both.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Half a message.")
    @State
    public static class ClaimAndOverflow {

        private final MessageLane lane = new MessageLane(2, 64, 64);
        private final byte[] payload = fill('z', 20);

        @Actor
        public void producer() {
            int offset = lane.tryClaim(8);
            for (int i = 0; i < 4; i++) {
                lane.ring()[offset + i] = 'y';
            }
            lane.commit("a", 1, 2, 4);
            lane.offer("b", 3, 4, payload, 0, payload.length);
        }

        @Actor
        public void consumer(L_Result r) {
            StringBuilder out = new StringBuilder();
            lane.drain(into(out), 2);
            r.r1 = out.length() == 0 ? "-" : out.toString();
        }
    }

    /**
     * A full lane of two slots whose first payload is being read while the producer wants its place: the reader must not see the new
     * bytes, and the slot must be filled whole. r1: what the first drain saw; r2: what is left, in order.
     */
    @JCStressTest
    @Outcome(id = "a\\[111111111111\\], b\\[2222\\]", expect = Expect.ACCEPTABLE, desc = "The third found the lane full.")
    @Outcome(id = "a\\[111111111111\\], b\\[2222\\]c\\[333333333333\\]", expect = Expect.ACCEPTABLE,
        desc = "The third took the first one's slot.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Something was overwritten, lost or repeated.")
    @State
    public static class SlotReuse {

        private final MessageLane lane = new MessageLane(2, 64, 0);
        private final ByteBuffer third = ByteBuffer.wrap(fill('3', 12));

        public SlotReuse() {
            lane.offer("a", 0, 0, fill('1', 12), 0, 12);
            lane.offer("b", 0, 0, fill('2', 4), 0, 4);
        }

        @Actor
        public void producer() {
            lane.offer("c", 0, 0, third, 0, 12);
        }

        @Actor
        public void consumer(LL_Result r) {
            r.r1 = text(lane, 1);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            r.r2 = text(lane, Integer.MAX_VALUE);
        }
    }

    /** The same for the ring: slots are plenty, but the fifth payload needs the bytes of the first. */
    @JCStressTest
    @Outcome(id = "a\\[1111111111111111\\], 4", expect = Expect.ACCEPTABLE, desc = "The fifth found the ring full.")
    @Outcome(id = "a\\[1111111111111111\\], 5", expect = Expect.ACCEPTABLE, desc = "The fifth wrapped into the first one's bytes.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Bytes were overwritten before they were read.")
    @State
    public static class RingReuse {

        private final MessageLane lane = new MessageLane(16, 64, 0);
        private final byte[] fifth = fill('5', 16);
        private int offered = 4;

        public RingReuse() {
            for (int i = 0; i < 4; i++) {
                lane.offer(String.valueOf((char) ('a' + i)), 0, 0, fill((char) ('1' + i), 16), 0, 16);
            }
        }

        @Actor
        public void producer() {
            if (lane.offer("e", 0, 0, fifth, 0, 16)) {
                offered++;
            }
        }

        @Actor
        public void consumer(LL_Result r) {
            r.r1 = text(lane, 1);
        }

        @Arbiter
        public void arbiter(LL_Result r) {
            String rest = text(lane, Integer.MAX_VALUE);
            String last = offered == 5 ? "e[5555555555555555]" : "";
            boolean isWhole = rest.equals("b[2222222222222222]c[3333333333333333]d[4444444444444444]" + last);
            r.r2 = isWhole ? offered : rest;
        }
    }

    /** Two messages and three looks: what was seen stays seen, and in order. */
    @JCStressTest
    @Outcome(id = {"-, -, -", "-, -, a", "-, -, ab", "-, a, -", "-, a, b", "-, ab, -", "a, -, -", "a, -, b", "a, b, -", "ab, -, -"},
        expect = Expect.ACCEPTABLE, desc = "In order, each once.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Out of order, lost or repeated.")
    @State
    public static class Order {

        private final MessageLane lane = new MessageLane(4, 64, 0);

        @Actor
        public void producer() {
            lane.offer("a", 0, 0);
            lane.offer("b", 0, 0);
        }

        @Actor
        public void consumer(LLL_Result r) {
            r.r1 = names();
            r.r2 = names();
            r.r3 = names();
        }

        private String names() {
            StringBuilder out = new StringBuilder();
            lane.drain((attachment, type, time, bytes, offset, length) -> {
                out.append(attachment);
                return true;
            }, Integer.MAX_VALUE);
            return out.length() == 0 ? "-" : out.toString();
        }
    }

    /** A lane and a sleeping consumer together, as loops and workers use them. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Nobody sleeps over a message.")
    @Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "The consumer sleeps, a message waits, nobody wakes it.")
    @State
    public static class SleepBesideALane {

        private int wakeUps;
        private int sleeps;
        private final Parking parking = new Parking(() -> wakeUps++);
        private final MessageLane lane = new MessageLane(4, 64, 0);

        @Actor
        public void producer() {
            lane.offer("a", 0, 0);
            parking.wakeUp();
        }

        @Actor
        public void consumer() {
            parking.prepareToPark();
            if (!lane.isEmpty()) {
                parking.awake();
            } else if (parking.tryPark()) {
                sleeps++;
            }
        }

        @Arbiter
        public void arbiter(I_Result r) {
            r.r1 = sleeps > wakeUps ? 1 : 0;
        }
    }

    private static String text(MessageLane lane, int limit) {
        StringBuilder out = new StringBuilder();
        lane.drain((attachment, type, time, bytes, offset, length) -> {
            out.append(attachment).append('[');
            for (int i = 0; i < length; i++) {
                out.append((char) bytes[offset + i]);
            }
            out.append(']');
            return true;
        }, limit);
        return out.length() == 0 ? "-" : out.toString();
    }
}
