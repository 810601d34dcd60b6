package io.neurolink.perf.cluster;

import io.neurolink.agent.nats.NatsClusterBus;
import io.neurolink.agent.nats.NatsRunReplication;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.perf.agents.ThreadMeter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What it costs to append records to the logs of many runs: one of a log at a time, as the node of a run does. */
final class RecordCost {
    private static final String THREAD = "record-cost";
    private static final int SIGNIFICANT_DIGITS = 3;

    private final NatsServers nats;
    private final int replicas;
    private final int logs;
    private final int rate;
    private final byte[] record;
    private final ConcurrentHistogram latency = new ConcurrentHistogram(SIGNIFICANT_DIGITS);
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final Log[] all;
    private long put;

    /**
     * What a record took.
     *
     * @param records a second that were acknowledged
     * @param missed  that were not appended in their turn, as the one before was still on its way
     * @param failed  that were refused or not answered
     * @param nodeNs  processor time of the node: of the thread that appends, and of those of NATS's client
     * @param natsNs  processor time of all servers of NATS
     * @param bytes   in files of all servers of NATS
     * @param latency nanoseconds until the record was acknowledged
     */
    record Result(double records, long missed, long failed, double nodeNs, double natsNs, double bytes, Histogram latency) {
    }

    /**
     * @param logs runs at once.
     * @param rate records a second, of all of them.
     * @param size bytes of a record.
     */
    RecordCost(NatsServers nats, int replicas, int logs, int rate, int size) {
        this.nats = nats;
        this.replicas = replicas;
        this.logs = logs;
        this.rate = rate;
        this.record = new byte[size];
        this.all = new Log[logs];
    }

    /** A log; for the thread that appends, but for what is atomic. */
    private final class Log {
        private final RunReplication.Key key;
        /** Position of the last record; negative while one is on its way. */
        private final AtomicLong position = new AtomicLong(RunReplication.NONE);

        Log(int number) {
            key = new RunReplication.Key("user" + number % 10, "run" + number, "");
        }

        boolean append(RunReplication replication) {
            long expected = position.get();
            if (expected < 0) {
                return false;
            }
            position.set(-1);
            long startNs = System.nanoTime();
            replication.append(key, expected, record).whenComplete((appended, error) -> {
                if (error == null) {
                    latency.recordValue(System.nanoTime() - startNs);
                    acknowledged.incrementAndGet();
                    position.set(appended);
                } else {
                    // Whether it was appended is not known: this log is out.
                    failed.incrementAndGet();
                }
            });
            return true;
        }
    }

    /** Measures it, once. */
    Result run(Duration warmUp, Duration duration) throws IOException, InterruptedException {
        RunReplication replication = NatsRunReplication.builder(NatsClusterBus.builder(nats.urls()).build()).replicas(replicas).build();
        try {
            replication.start(new Nobody());
            Nodes.await("JetStream", replication::isConnected);
            for (int i = 0; i < logs; i++) {
                all[i] = new Log(i);
            }
            CompletableFuture<Result> result = new CompletableFuture<>();
            Thread thread = new Thread(() -> measure(replication, warmUp, duration, result), THREAD);
            thread.start();
            thread.join();
            return result.join();
        } finally {
            replication.close();
        }
    }

    private void measure(RunReplication replication, Duration warmUp, Duration duration, CompletableFuture<Result> result) {
        try {
            append(replication, warmUp);
            latency.reset();
            long recordsBefore = acknowledged.get();
            ThreadMeter meter = new ThreadMeter(name -> name.equals(THREAD) || name.startsWith("nats:"));
            long bytesBefore = nats.storedBytes();
            Duration natsBefore = nats.processorTime();
            ThreadMeter.Used before = meter.read();
            long missed = append(replication, duration);
            double records = acknowledged.get() - recordsBefore;
            ThreadMeter.Used used = meter.read().since(before);
            Duration natsUsed = nats.processorTime().minus(natsBefore);
            result.complete(new Result(records / duration.toMillis() * 1000, missed, failed.get(), used.cpuNs() / records,
                    natsUsed.toNanos() / records, (nats.storedBytes() - bytesBefore) / records, latency));
        } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    /** @return how many were not appended in their turn. */
    private long append(RunReplication replication, Duration duration) {
        long startNs = System.nanoTime();
        long count = duration.toMillis() * rate / 1000;
        long missed = 0;
        for (long i = 0; i < count; i++) {
            long dueNs = startNs + TimeUnit.SECONDS.toNanos(i) / rate;
            for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
                LockSupport.parkNanos(leftNs);
            }
            if (!all[(int) (put++ % logs)].append(replication)) {
                missed++;
            }
        }
        return missed;
    }

    /** Serves nothing. */
    private static final class Nobody implements RunReplication.Listener {
        @Override
        public CompletionStage<byte[]> onRequest(byte[] message) {
            return CompletableFuture.completedStage(message);
        }

        @Override
        public void onConnected() {
            // The start waits for that.
        }
    }
}
