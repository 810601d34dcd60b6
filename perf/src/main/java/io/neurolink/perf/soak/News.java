package io.neurolink.perf.soak;

import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Talker;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Peers of what goes to many: one writes, some read everything, some stop reading. */
final class News {
    private static final long CHECK_NS = TimeUnit.SECONDS.toNanos(1);

    private News() {
    }

    /** Writes numbered messages at a steady rate. */
    static final class Writer extends Talker {
        private final Log log;
        private final BooleanSupplier isStopping;
        private final long intervalNs;
        private final int length;
        private final AtomicLong number = new AtomicLong();
        private boolean isOver;

        Writer(Log log, BooleanSupplier isStopping, String path, long intervalNs, int length) {
            super(Bytes.upgrade(path));
            this.log = log;
            this.isStopping = isStopping;
            this.intervalNs = intervalNs;
            this.length = length;
        }

        @Override
        protected void onOpen(Line opened) {
            onWake(opened);
        }

        @Override
        public void onWake(Line line) {
            if (isStopping.getAsBoolean()) {
                isOver = true;
                line.send(Bytes.close(1000));
                return;
            }
            line.send(Bytes.frame(Bytes.FIN | Bytes.BINARY, ByteBuffer.allocate(length).putLong(0, number.incrementAndGet()).array()));
            log.count("news written");
            line.wakeAfter(intervalNs);
        }

        @Override
        public void onEnd(Line line) {
            if (!isOver) {
                log.fault("who writes the news was cut");
            }
        }
    }

    /** Reads, and misses nothing from the first message it gets. */
    static final class Reader extends Talker {
        private final Log log;
        private final BooleanSupplier isStopping;
        private long last;
        private boolean isOver;

        Reader(Log log, BooleanSupplier isStopping, String path) {
            super(Bytes.upgrade(path));
            this.log = log;
            this.isStopping = isStopping;
        }

        @Override
        protected void onOpen(Line opened) {
            onWake(opened);
        }

        @Override
        public void onWake(Line line) {
            if (isStopping.getAsBoolean()) {
                isOver = true;
                line.send(Bytes.close(1000));
            } else {
                line.wakeAfter(CHECK_NS);
            }
        }

        @Override
        protected void onMessage(Line from, int opcode, long length, ByteBuffer firstBytes) {
            long number = firstBytes.getLong(0);
            if (last != 0 && number != last + 1) {
                log.fault("after news " + last + " came " + number);
            }
            last = number;
            log.count("news read");
        }

        @Override
        protected void onClose(Line from, int code) {
            if (!isOver) {
                log.fault("who reads the news was closed with " + code);
            }
        }

        @Override
        public void onEnd(Line line) {
            if (!isOver) {
                log.fault("who reads the news was cut");
            }
        }
    }

    /** Does not read for long, and finds itself closed. */
    static final class Sleeper extends Talker {
        private static final int SLEEP_SECONDS = 20;

        private final Log log;
        private final BooleanSupplier isStopping;
        private int seconds;

        Sleeper(Log log, BooleanSupplier isStopping, String path) {
            super(Bytes.upgrade(path));
            this.log = log;
            this.isStopping = isStopping;
        }

        @Override
        public int receiveBufferLength() {
            return 4096;
        }

        @Override
        protected void onOpen(Line opened) {
            log.count("sleepers opened");
            opened.stopReading();
            opened.wakeAfter(CHECK_NS);
        }

        @Override
        public void onWake(Line line) {
            seconds++;
            if (isStopping.getAsBoolean()) {
                line.resumeReading();
                line.send(Bytes.close(1000));
                return;
            }
            if (seconds >= SLEEP_SECONDS) {
                line.resumeReading();
            }
            line.wakeAfter(CHECK_NS);
        }

        @Override
        protected void onClose(Line from, int code) {
            log.count("sleepers closed with " + code);
            from.send(Bytes.close(code));
        }

        @Override
        public void onEnd(Line line) {
            log.count("sleepers gone");
        }
    }
}
