package io.neurolink.agent.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SignalGateTest {
    private final List<Integer> seen = new ArrayList<>();
    private final ArrayDeque<Runnable> handedOver = new ArrayDeque<>();

    @Test
    void shouldWorkOffEachSignalOnTheCallersThread() {
        SignalGate gate = new SignalGate(seen::add, handedOver::add);
        gate.signal(1);
        gate.signal(4);
        assertEquals(List.of(1, 4), seen);
        assertTrue(handedOver.isEmpty());
    }

    @Test
    void shouldNotReenterButTakeWhatWasSignalledMeanwhileTogether() {
        SignalGate[] gate = new SignalGate[1];
        gate[0] = new SignalGate(bits -> {
            if (bits == 1) {
                gate[0].signal(2);
                gate[0].signal(8);
                gate[0].signal(2);
            }
            seen.add(bits);
        }, handedOver::add);
        gate[0].signal(1);
        assertEquals(List.of(1, 10), seen);
    }

    @Test
    void shouldHandOverWorkThatNeverEnds() {
        SignalGate[] gate = new SignalGate[1];
        int[] left = {1000};
        gate[0] = new SignalGate(bits -> {
            if (--left[0] > 0) {
                gate[0].signal(1);
            }
        }, handedOver::add);
        gate[0].signal(1);
        assertTrue(left[0] > 0, "held the thread for all turns");
        while (!handedOver.isEmpty()) {
            handedOver.poll().run();
        }
        assertEquals(0, left[0]);
    }

    @Test
    void shouldGoOnWhereItIsWhenTheExecutorIsGone() {
        SignalGate[] gate = new SignalGate[1];
        int[] left = {1000};
        gate[0] = new SignalGate(bits -> {
            if (--left[0] > 0) {
                gate[0].signal(1);
            }
        }, task -> {
            throw new RejectedExecutionException();
        });
        gate[0].signal(1);
        assertEquals(0, left[0]);
    }

    @Test
    void shouldNeverLoseASignalNorRunTwiceAtATime() throws InterruptedException {
        int threads = 4;
        int rounds = 20_000;
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        // Plain fields: the gate itself must make them safe.
        long[] posted = new long[threads];
        long[] observed = new long[threads];
        CountDownLatch done = new CountDownLatch(threads);
        SignalGate gate = new SignalGate(bits -> {
            if (inside.incrementAndGet() != 1) {
                overlaps.incrementAndGet();
            }
            for (int i = 0; i < threads; i++) {
                if ((bits & 1 << i) != 0) {
                    observed[i] = posted[i];
                }
            }
            inside.decrementAndGet();
        }, Runnable::run);
        for (int i = 0; i < threads; i++) {
            int id = i;
            new Thread(() -> {
                for (int round = 1; round <= rounds; round++) {
                    posted[id] = round;
                    gate.signal(1 << id);
                }
                done.countDown();
            }).start();
        }
        assertTrue(done.await(60, TimeUnit.SECONDS));
        gate.signal(1 << 20);
        assertEquals(0, overlaps.get());
        for (int i = 0; i < threads; i++) {
            assertEquals(rounds, observed[i]);
        }
    }
}
