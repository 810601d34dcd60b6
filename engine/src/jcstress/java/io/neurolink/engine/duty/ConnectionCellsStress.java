package io.neurolink.engine.duty;

import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** What senders, closers and the loop of one connection do to its cells at the same time, in the order in which connections do it. */
public final class ConnectionCellsStress {

    private ConnectionCellsStress() {
    }

    /** A connection of which only the cells are there, and the queue to its loop. */
    private static final class Cells extends ConnectionCells {
    }

    private static CommandQueue queue() {
        return new CommandQueue(4, new Parking(() -> { }));
    }

    /**
     * A message goes from a sender through the queue to the line, and the sender looks. r1: bytes it saw as buffered; r2: whether the
     * message was written when it looked afterwards.
     */
    @JCStressTest
    @Outcome(id = {"10, 0", "10, 1"}, expect = Expect.ACCEPTABLE, desc = "It was there.")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "It was written already.")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "Nothing seen of a message that was still there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Something else.")
    @State
    public static class BufferedIsNeverLessThanWhatIsThere {

        private final Cells cells = new Cells();
        private final CommandQueue queue = queue();
        private volatile int written;

        @Actor
        public void sender(JJ_Result r) {
            cells.addBufferedBytesVolatile(10);
            queue.offer("message");
            r.r1 = cells.bufferedBytesOpaque();
            r.r2 = written;
        }

        @Actor
        public void loop() {
            if (queue.drain(message -> cells.queuedBytesOpaque(10), 1) == 1) {
                written = 1;
                cells.queuedBytesOpaque(0);
                cells.addBufferedBytesVolatile(-10);
            }
        }
    }

    /** The same seen by a third thread, which knows that the message was handed over. r1: what it saw then; r2: written afterwards. */
    @JCStressTest
    @Outcome(id = {"-1, 0", "-1, 1"}, expect = Expect.ACCEPTABLE, desc = "It came before the sender.")
    @Outcome(id = {"10, 0", "10, 1", "0, 1"}, expect = Expect.ACCEPTABLE, desc = "It was there, or written already.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Nothing seen of a message that was still there.")
    @State
    public static class BufferedAsOthersSeeIt {

        private final Cells cells = new Cells();
        private final CommandQueue queue = queue();
        private volatile boolean isHandedOver;
        private volatile int written;

        @Actor
        public void sender() {
            cells.addBufferedBytesVolatile(10);
            queue.offer("message");
            isHandedOver = true;
        }

        @Actor
        public void loop() {
            if (queue.drain(message -> cells.queuedBytesOpaque(10), 1) == 1) {
                written = 1;
                cells.queuedBytesOpaque(0);
                cells.addBufferedBytesVolatile(-10);
            }
        }

        @Actor
        public void other(JJ_Result r) {
            r.r1 = isHandedOver ? cells.bufferedBytesOpaque() : -1;
            r.r2 = written;
        }
    }

    /** Somebody sends twice while the loop writes what was there: nothing is lost from the sum. r1, r2: what the sender was told. */
    @JCStressTest
    @Outcome(id = {"110, 130, 30", "110, 30, 30", "10, 30, 30"}, expect = Expect.ACCEPTABLE, desc = "Each sum is one that was true.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A sum that never was, or something lost.")
    @State
    public static class SenderAndLoop {

        private final Cells cells = new Cells();

        public SenderAndLoop() {
            cells.addBufferedBytesVolatile(100);
        }

        @Actor
        public void sender(III_Result r) {
            r.r1 = (int) cells.addBufferedBytesVolatile(10);
            r.r2 = (int) cells.addBufferedBytesVolatile(20);
        }

        @Actor
        public void loop() {
            cells.addBufferedBytesVolatile(-100);
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = (int) cells.bufferedBytesOpaque();
        }
    }

    /** Somebody asks whether he may send while the loop writes what is in the way. r1: he may; r2: he was told. */
    @JCStressTest
    @Outcome(id = {"true, false", "true, true", "false, true"}, expect = Expect.ACCEPTABLE, desc = "He may, or is told when he may.")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "He waits for ever.")
    @State
    public static class AskingWhetherItIsWritable {

        private final Cells cells = new Cells();

        public AskingWhetherItIsWritable() {
            cells.addBufferedBytesVolatile(100);
        }

        @Actor
        public void application(ZZ_Result r) {
            cells.raiseFlagVolatile(ConnectionCells.WRITABLE_WANTED);
            r.r1 = cells.bufferedBytesVolatile() <= 50;
        }

        @Actor
        public void loop(ZZ_Result r) {
            cells.addBufferedBytesVolatile(-100);
            if (cells.isFlagUpVolatile(ConnectionCells.WRITABLE_WANTED)) {
                r.r2 = cells.lowerFlagVolatile(ConnectionCells.WRITABLE_WANTED);
            }
        }
    }

    /** Two threads close: one of them makes the loop do it. Another flag goes up meanwhile and stays. r1, r2: who was first. */
    @JCStressTest
    @Outcome(id = {"1, 0, 1", "0, 1, 1"}, expect = Expect.ACCEPTABLE, desc = "One of them.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both or neither, or a flag was lost.")
    @State
    public static class ClosingTwice {

        private final Cells cells = new Cells();

        @Actor
        public void first(III_Result r) {
            r.r1 = cells.raiseFlagVolatile(ConnectionCells.SHUT) ? 1 : 0;
        }

        @Actor
        public void second(III_Result r) {
            cells.raiseFlagVolatile(ConnectionCells.PRESSURED);
            r.r2 = cells.raiseFlagVolatile(ConnectionCells.SHUT) ? 1 : 0;
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = cells.isFlagUpVolatile(ConnectionCells.SHUT) && cells.isFlagUpVolatile(ConnectionCells.PRESSURED) ? 1 : 0;
        }
    }

    /** The loop's part of a connection: what comes through the queue is written while it is open, and reported afterwards. */
    private static class Loop {
        final Cells cells = new Cells();
        final CommandQueue queue = queue();
        private boolean isOpen = true;
        private int written;
        private int reported;

        final void send(III_Result r) {
            if (!cells.isFlagUpVolatile(ConnectionCells.SHUT)) {
                cells.addBufferedBytesVolatile(10);
                r.r1 = queue.offer("send") ? 1 : 0;
            }
        }

        final void close() {
            isOpen = false;
        }

        final void carryOut(Object command) {
            if (command.equals("close")) {
                close();
                return;
            }
            written += isOpen ? 1 : 0;
            reported += isOpen ? 0 : 1;
            cells.addBufferedBytesVolatile(-10);
        }

        final void end(III_Result r) {
            queue.drain(this::carryOut, Integer.MAX_VALUE);
            r.r2 = written;
            r.r3 = reported;
            r.r1 = cells.bufferedBytesOpaque() == 0 ? r.r1 : -1;
        }
    }

    /**
     * A send while the loop closes, because the peer did: what was accepted is written before or reported after, never neither nor both.
     * r1: accepted; r2: written; r3: reported. In the end nothing is buffered, else r1 is -1.
     */
    @JCStressTest
    @Outcome(id = {"1, 1, 0", "1, 0, 1"}, expect = Expect.ACCEPTABLE, desc = "Accepted, and written or reported.")
    @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Refused.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Lost, or told twice, or bytes that never go away.")
    @State
    public static class SendVersusClose extends Loop {

        @Actor
        public void sender(III_Result r) {
            send(r);
        }

        @Actor
        public void loop() {
            queue.drain(this::carryOut, 1);
            cells.raiseFlagVolatile(ConnectionCells.SHUT);
            close();
            queue.drain(this::carryOut, 1);
        }

        @Arbiter
        public void arbiter(III_Result r) {
            end(r);
        }
    }

    /** The same while another thread closes. */
    @JCStressTest
    @Outcome(id = {"1, 1, 0", "1, 0, 1"}, expect = Expect.ACCEPTABLE, desc = "Accepted, and written or reported.")
    @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Refused.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Lost, or told twice, or bytes that never go away.")
    @State
    public static class SendVersusCloseOfAnother extends Loop {

        @Actor
        public void sender(III_Result r) {
            send(r);
        }

        @Actor
        public void closer() {
            if (cells.raiseFlagVolatile(ConnectionCells.SHUT)) {
                queue.offer("close");
            }
        }

        @Actor
        public void loop() {
            queue.drain(this::carryOut, 1);
        }

        @Arbiter
        public void arbiter(III_Result r) {
            end(r);
        }
    }

    /** Somebody closes and wants to know of the end while the loop ends the connection. r1: his future is completed; r2: only one there. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "He is told.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "He waits for ever, or for another future.")
    @State
    public static class WaitingForTheEnd {

        private final Cells cells = new Cells();
        private CompletableFuture<Void> his;

        @Actor
        public void application() {
            CompletableFuture<Void> gone = cells.closedFutureCompareAndSet(new CompletableFuture<>());
            if (!cells.raiseFlagVolatile(ConnectionCells.SHUT) && cells.isFlagUpVolatile(ConnectionCells.GONE)) {
                gone.complete(null);
            }
            his = gone;
        }

        @Actor
        public void loop() {
            cells.raiseFlagVolatile(ConnectionCells.SHUT | ConnectionCells.GONE);
            CompletableFuture<Void> gone = cells.closedFutureVolatile();
            if (gone != null) {
                gone.complete(null);
            }
        }

        /** A close that is asked of the loop when it has ended already is carried out by it as nothing but the completion. */
        @Arbiter
        public void arbiter(II_Result r) {
            CompletableFuture<Void> gone = cells.closedFutureVolatile();
            r.r1 = gone.isDone() ? 1 : 0;
            r.r2 = gone == his ? 1 : 0;
        }
    }
}
