package io.neurolink.perf.micro;

import io.neurolink.engine.duty.Duty;
import io.neurolink.engine.duty.DutyThread;
import io.neurolink.engine.duty.IdleMode;
import io.neurolink.engine.duty.Idling;
import io.neurolink.engine.duty.LaneConsumer;
import io.neurolink.engine.duty.MessageLane;
import io.neurolink.engine.duty.Parkable;
import io.neurolink.engine.duty.Parking;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One 64-byte message to another thread and its echo back, one at a time, for each way that thread may idle: what a hop to a worker and
 * back adds to a message's latency. The caller spins. Beside it two blocking queues of the JDK and a thread that waits for them, which is
 * the same whatever {@code idleMode} says. Needs two free processors.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LaneRoundTripBenchmark {

    private static final int LENGTH = 64;

    @Param({"BUSY_SPIN", "BACKOFF", "BLOCKING"})
    private IdleMode idleMode;

    private final byte[] payload = new byte[LENGTH];
    private Echo echo;
    private DutyThread thread;
    private final ArrayBlockingQueue<byte[]> to = new ArrayBlockingQueue<>(64);
    private final ArrayBlockingQueue<byte[]> from = new ArrayBlockingQueue<>(64);
    private Thread queueThread;
    private long sum;

    @Setup
    public void start() {
        echo = new Echo();
        thread = new DutyThread("echo", echo, new Idling(idleMode, echo, Idling.WORKER_SPINS), echo::wakeUp, Throwable::printStackTrace);
        thread.start();
        queueThread = new Thread(this::sendBack, "queue-echo");
        queueThread.start();
    }

    private void sendBack() {
        try {
            while (true) {
                from.put(to.take().clone());
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    @TearDown
    public void stop() throws InterruptedException {
        queueThread.interrupt();
        queueThread.join();
        if (!thread.close(TimeUnit.SECONDS.toMillis(5))) {
            throw new IllegalStateException("the echo thread did not end");
        }
    }

    @Benchmark
    public long roundTrip() {
        echo.in.offer(this, 1, 0, payload, 0, LENGTH);
        echo.wakeUp();
        while (echo.out.drain(this::take, 1) == 0) {
            Thread.onSpinWait();
        }
        return sum;
    }

    @Benchmark
    public long roundTripBlockingQueues() {
        to.offer(payload.clone());
        byte[] answer = from.poll();
        while (answer == null) {
            Thread.onSpinWait();
            answer = from.poll();
        }
        sum += answer[0];
        return sum;
    }

    private boolean take(Object attachment, int type, long time, byte[] bytes, int offset, int length) {
        sum += bytes[offset];
        return true;
    }

    private static final class Echo implements Duty, Parkable {

        private final MessageLane in = new MessageLane(64, 1 << 16, 0);
        private final MessageLane out = new MessageLane(64, 1 << 16, 0);
        private final LaneConsumer echo = out::offer;
        private final Parking parking = new Parking(() -> LockSupport.unpark(this.thread));
        private Thread thread;

        @Override
        public void onStart() {
            thread = Thread.currentThread();
        }

        @Override
        public int doWork() {
            return in.drain(echo, 16);
        }

        @Override
        public String roleName() {
            return "echo";
        }

        @Override
        public void park() {
            parking.prepareToPark();
            parking.park(LockSupport::parkNanos, in.isEmpty() ? TimeUnit.SECONDS.toNanos(1) : 0);
        }

        @Override
        public void wakeUp() {
            parking.wakeUp();
        }
    }
}
