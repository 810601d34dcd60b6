package io.neurolink.perf.attack;

import io.neurolink.perf.server.TargetState;
import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Talker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Attacks by many connections that came in order. */
final class CrowdAttacks {
    static final List<Attack> ALL = List.of(
            new Attack("stopped-readers", Profile.PLAIN, CrowdAttacks::stoppedReaders),
            new Attack("mass-disconnect", Profile.PLAIN, CrowdAttacks::massDisconnect),
            new Attack("half-open-closes", Profile.PLAIN, CrowdAttacks::halfOpenCloses),
            new Attack("descriptor-exhaustion", Profile.FEW_DESCRIPTORS, CrowdAttacks::descriptorExhaustion));

    private static final int SOURCES = 50;
    private static final int READERS = 10;
    private static final int NEWS_LENGTH = 8 * 1024;

    private CrowdAttacks() {
    }

    private static final class Member extends Talker {
        private final AtomicLong read;
        private final boolean isStopped;

        Member(AtomicLong read, boolean isStopped) {
            super(Bytes.upgrade("/topic"));
            this.read = read;
            this.isStopped = isStopped;
        }

        @Override
        public int receiveBufferLength() {
            return isStopped ? 4096 : 0;
        }

        @Override
        protected void onOpen(Line opened) {
            if (isStopped) {
                opened.stopReading();
            }
        }

        @Override
        protected void onMessage(Line from, int opcode, long length, ByteBuffer firstBytes) {
            read.incrementAndGet();
        }
    }

    /** Publishes until it is told to stop. */
    private static final class Publisher extends Talker {
        private final long intervalNs;
        private final byte[] news = Bytes.frame(Bytes.FIN | Bytes.BINARY, new byte[NEWS_LENGTH]);
        private final AtomicLong published = new AtomicLong();
        private volatile boolean isDone;

        Publisher(long intervalMs) {
            super(Bytes.upgrade("/topic"));
            this.intervalNs = TimeUnit.MILLISECONDS.toNanos(intervalMs);
        }

        @Override
        protected void onOpen(Line opened) {
            onWake(opened);
        }

        @Override
        public void onWake(Line line) {
            if (!isDone) {
                line.send(ByteBuffer.wrap(news));
                published.incrementAndGet();
                line.wakeAfter(intervalNs);
            }
        }
    }

    /** Readers that stop while something is published: they are closed, and the others lose nothing. */
    private static void stoppedReaders(Stage stage) {
        int count = stage.size(150, 1000);
        AtomicLong read = new AtomicLong();
        stage.driver().open(READERS, 1, () -> new Member(read, false));
        stage.driver().open(count, SOURCES, () -> new Member(new AtomicLong(), true));
        stage.await("all have subscribed", () -> stage.grown("subscriptions") == READERS + count);
        Publisher publisher = new Publisher(stage.size(8, 20));
        stage.driver().open(1, 1, () -> publisher);
        stage.awaitGrown("closes.slow_consumer", count);
        publisher.isDone = true;
        stage.await("the others have read everything", () -> read.get() == READERS * publisher.published.get());
        stage.met("maxBufferedBytes", "closes.slow_consumer", "messages.reported");
    }

    private static final class Guest extends Talker {
        private final AtomicLong opened;

        Guest(AtomicLong opened) {
            super(Bytes.upgrade("/echo"));
            this.opened = opened;
        }

        @Override
        protected void onOpen(Line line) {
            opened.incrementAndGet();
        }
    }

    /** All at once, by reset. */
    private static void massDisconnect(Stage stage) {
        int count = 5000;
        AtomicLong opened = new AtomicLong();
        stage.driver().open(count, SOURCES, () -> new Guest(opened));
        stage.await("all are connected", () -> opened.get() == count);
        stage.driver().resetAll();
        stage.await("all are gone", () -> stage.grown("connections.open") == 0);
        stage.awaitGrown("closes.abnormal", count);
        stage.expect(stage.grown("closes.abnormal") == count, "connections lost: " + stage.grown("closes.abnormal"));
        stage.met("onClose once for each", "closes.abnormal");
    }

    /** The server closes; the peer does not answer, and some send on as if nothing had happened. */
    private static final class Deaf extends Talker {
        private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);

        private final AtomicLong ended;
        private final boolean isSending;
        private final boolean isHalfClosed;

        Deaf(AtomicLong ended, boolean isSending, boolean isHalfClosed) {
            super(Bytes.upgrade(isHalfClosed ? "/echo" : "/close"));
            this.ended = ended;
            this.isSending = isSending;
            this.isHalfClosed = isHalfClosed;
        }

        @Override
        protected void onOpen(Line opened) {
            opened.send(Bytes.text("close me"));
            if (isHalfClosed) {
                opened.finish();
            } else {
                opened.wakeAfter(INTERVAL_NS);
            }
        }

        @Override
        public void onWake(Line line) {
            if (isSending) {
                line.send(Bytes.text("not yet"));
                line.wakeAfter(INTERVAL_NS);
            }
        }

        @Override
        public void onEnd(Line line) {
            ended.incrementAndGet();
        }
    }

    private static void halfOpenCloses(Stage stage) {
        int each = stage.size(300, 1000);
        AtomicLong ended = new AtomicLong();
        stage.driver().open(each, SOURCES, () -> new Deaf(ended, false, false));
        stage.driver().open(each, SOURCES, () -> new Deaf(ended, true, false));
        stage.driver().open(each, SOURCES, () -> new Deaf(ended, false, true));
        stage.await("all were ended", () -> ended.get() == 3L * each);
        stage.expect(stage.grown("timeouts.close") >= 2L * each, "close timeouts: " + stage.grown("timeouts.close"));
        stage.met("closeTimeout", "timeouts.close", "closes.abnormal");
    }

    /** More connections than the server has descriptors; it must neither spin nor lose its listener. */
    private static void descriptorExhaustion(Stage stage) {
        int count = 2 * Profile.FEW_DESCRIPTORS.maxDescriptors();
        stage.driver().open(count, SOURCES, () -> new Guest(new AtomicLong()));
        stage.awaitGrown("accept.errors", 3);
        long cpuBefore = stage.target().state().get(TargetState.CPU_NS);
        long beginNs = System.nanoTime();
        stage.last(1500);
        double busy = (stage.target().state().get(TargetState.CPU_NS) - cpuBefore) / (double) (System.nanoTime() - beginNs);
        stage.expect(busy < 0.6, String.format("without descriptors the server used %.0f %% of a processor", 100 * busy));
        stage.met(String.format("accept back-off, %.0f %% of a processor", 100 * busy), "accept.errors");
    }
}
