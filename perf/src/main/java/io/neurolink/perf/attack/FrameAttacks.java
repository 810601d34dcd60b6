package io.neurolink.perf.attack;

import io.neurolink.perf.server.TargetServer;
import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Deflated;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Talker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Attacks by frames, after the upgrade. */
final class FrameAttacks {
    static final List<Attack> ALL = List.of(
            new Attack("byte-at-a-time", Profile.PLAIN, FrameAttacks::byteAtATime),
            new Attack("empty-continuations", Profile.PLAIN, FrameAttacks::emptyContinuations),
            new Attack("tiny-fragments", Profile.PLAIN, FrameAttacks::tinyFragments),
            new Attack("message-flood", Profile.PLAIN, FrameAttacks::messageFlood),
            new Attack("ping-flood", Profile.PLAIN, FrameAttacks::pingFlood),
            new Attack("unread-pongs", Profile.PLAIN, FrameAttacks::unreadPongs),
            new Attack("unread-echoes", Profile.PLAIN, FrameAttacks::unreadEchoes),
            new Attack("declared-lengths", Profile.PLAIN, FrameAttacks::declaredLengths),
            new Attack("violations", Profile.PLAIN, FrameAttacks::violations),
            new Attack("deflate-bombs", Profile.DEFLATE, FrameAttacks::deflateBombs),
            new Attack("memory-hogs", Profile.LITTLE_MEMORY, FrameAttacks::memoryHogs));

    private static final int SOURCES = 50;
    private static final int PINGS_AT_ONCE = 500;
    private static final int MAX_MESSAGE_SIZE = 1024 * 1024;
    private static final int CONTINUATIONS = 1_000_000;

    private FrameAttacks() {
    }

    /** Messages of which every byte comes alone. */
    private static void byteAtATime(Stage stage) {
        int count = 1000;
        int length = stage.size(20, 100);
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> new Dribbler(tally, Bytes.text("x".repeat(length))));
        stage.await("slow messages were echoed", () -> tally.total() == count);
        stage.expect(tally.of("echo") == count, "answers to slow messages: " + tally);
        stage.met("buffers grow with what really came", "reads", "messages.in");
    }

    private static final class Dribbler extends Talker {
        private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(75);

        private final Tally tally;
        private final byte[] frame;
        private int position;

        Dribbler(Tally tally, byte[] frame) {
            super(Bytes.upgrade("/echo"));
            this.tally = tally;
            this.frame = frame;
        }

        @Override
        protected void onOpen(Line opened) {
            onWake(opened);
        }

        @Override
        public void onWake(Line line) {
            if (position < frame.length) {
                line.send(new byte[] {frame[position++]});
                line.wakeAfter(INTERVAL_NS);
            }
        }

        @Override
        protected void onMessage(Line from, int opcode, long length, ByteBuffer firstBytes) {
            tally.count("echo");
        }

        @Override
        public void onEnd(Line line) {
            tally.count("ended");
        }
    }

    /** A million of them: each connection gets as many as it is let, and the next begins anew. */
    private static void emptyContinuations(Stage stage) {
        int perLine = 5000;
        int lines = CONTINUATIONS / perLine;
        Tally tally = new Tally();
        byte[] begin = Bytes.frame(Bytes.TEXT, new byte[0]);
        byte[] flood = Bytes.repeated(Bytes.frame(Bytes.CONTINUATION, new byte[0]), perLine);
        stage.driver().open(lines, SOURCES, () -> new Offender(tally, begin, flood));
        stage.await("all that send empty frames were closed", () -> tally.total() == lines);
        stage.expect(tally.of(1008) == lines, "closes for empty frames: " + tally);
        stage.met("maxControlFramesPerSecond", "limits.control_frames");
        stage.met("maxFragments", "limits.fragments");
    }

    /** Messages in fragments of a byte each, which cost more than their bytes. */
    private static void tinyFragments(Stage stage) {
        int lines = stage.size(100, 500);
        Tally tally = new Tally();
        byte[] begin = Bytes.frame(Bytes.TEXT, new byte[] {'a'});
        byte[] flood = Bytes.repeated(Bytes.frame(Bytes.CONTINUATION, new byte[] {'b'}), 5000);
        stage.driver().open(lines, SOURCES, () -> new Offender(tally, begin, flood));
        stage.await("all that send tiny fragments were closed", () -> tally.total() == lines);
        stage.expect(tally.of(1008) == lines, "closes for tiny fragments: " + tally);
        stage.met("maxFragments", "limits.fragments");
    }

    private static void messageFlood(Stage stage) {
        int lines = stage.size(100, 500);
        Tally tally = new Tally();
        byte[] flood = Bytes.repeated(Bytes.text("x"), 10 * TargetServer.RATE);
        stage.driver().open(lines, SOURCES, () -> new Offender(tally, "/rated", flood));
        stage.await("all that send too much were closed", () -> tally.total() == lines);
        stage.expect(tally.of(1008) == lines, "closes for too many messages: " + tally);
        stage.met("rateLimits", "limits.rate.closes");
    }

    /** Sends frames and counts the code it is closed with. */
    private static final class Offender extends Talker {
        private final Tally tally;
        private final byte[][] frames;
        private int code = 1006;

        Offender(Tally tally, byte[]... frames) {
            this(tally, "/echo", frames);
        }

        Offender(Tally tally, String path, byte[]... frames) {
            this(Bytes.upgrade(path), tally, frames);
        }

        private Offender(String request, Tally tally, byte[]... frames) {
            super(request);
            this.tally = tally;
            this.frames = frames;
        }

        /** With compression. */
        static Offender deflating(Tally tally, byte[]... frames) {
            return new Offender(Bytes.upgrade("/echo", "Sec-WebSocket-Extensions: permessage-deflate"), tally, frames);
        }

        @Override
        protected void onOpen(Line opened) {
            for (byte[] frame : frames) {
                opened.send(frame.clone());
            }
        }

        @Override
        protected void onClose(Line from, int closeCode) {
            code = closeCode;
            tally.count(code);
        }

        @Override
        public void onEnd(Line line) {
            if (code == 1006) {
                tally.count(code);
            }
        }
    }

    private static void pingFlood(Stage stage) {
        Tally tally = new Tally();
        int count = stage.size(100, 1000);
        stage.driver().open(count, SOURCES, () -> new Pinger(tally, true));
        stage.await("all that flood were closed", () -> tally.total() == count);
        stage.expect(tally.of(1008) == count, "closes for too many pings: " + tally);
        stage.met("maxControlFramesPerSecond", "limits.control_frames", "pings.in", "pongs.out");
    }

    /** Pings without end from peers that take no pong. */
    private static void unreadPongs(Stage stage) {
        int count = stage.size(100, 500);
        Tally tally = new Tally();
        stage.driver().open(count, SOURCES, () -> new Pinger(tally, false));
        stage.awaitGrown("limits.control_frames", count);
        long queued = stage.grown("queued.bytes");
        stage.expect(queued < (long) count * Stage.MAX_BUFFERED_BYTES, "bytes queued for " + count + " peers that do not read: " + queued);
        stage.await("all were cut", () -> stage.grown("connections.open") == 0);
        stage.met("maxControlFramesPerSecond", "limits.control_frames", "pings.in", "pongs.out");
    }

    private static final class Pinger extends Talker {
        private final Tally tally;
        private final boolean isReading;
        private final byte[] pings = Bytes.repeated(Bytes.frame(Bytes.FIN | Bytes.PING, new byte[125]), PINGS_AT_ONCE);

        Pinger(Tally tally, boolean isReading) {
            super(Bytes.upgrade("/echo"));
            this.tally = tally;
            this.isReading = isReading;
        }

        @Override
        public int receiveBufferLength() {
            return isReading ? 0 : 4096;
        }

        @Override
        protected void onOpen(Line opened) {
            if (!isReading) {
                opened.stopReading();
            }
            onSent(opened);
        }

        /** Later, so that others have their turn. */
        @Override
        public void onSent(Line line) {
            line.wakeAfter(0);
        }

        @Override
        public void onWake(Line line) {
            if (!line.isSending()) {
                line.send(ByteBuffer.wrap(pings));
                if (!line.isSending()) {
                    line.wakeAfter(0);
                }
            }
        }

        @Override
        protected void onClose(Line from, int code) {
            tally.count(code);
        }
    }

    /** Messages without end from peers that take no echo. */
    private static void unreadEchoes(Stage stage) {
        int count = stage.size(100, 500);
        Tally tally = new Tally();
        byte[] message = Bytes.frame(Bytes.FIN | Bytes.BINARY, new byte[16 * 1024]);
        stage.driver().open(count, SOURCES, () -> new Glutton(tally, message));
        stage.await("those that take no echo were closed", () -> tally.of("ended") == count);
        stage.met("maxBufferedBytes", "closes.slow_consumer");
    }

    private static final class Glutton extends Talker {
        private final Tally tally;
        private final byte[] message;

        Glutton(Tally tally, byte[] message) {
            super(Bytes.upgrade("/echo"));
            this.tally = tally;
            this.message = message;
        }

        @Override
        public int receiveBufferLength() {
            return 4096;
        }

        @Override
        protected void onOpen(Line opened) {
            opened.stopReading();
            onWake(opened);
        }

        @Override
        public void onSent(Line line) {
            line.wakeAfter(TimeUnit.MILLISECONDS.toNanos(1));
        }

        @Override
        public void onWake(Line line) {
            line.send(ByteBuffer.wrap(message));
            if (!line.isSending()) {
                onSent(line);
            }
        }

        @Override
        public void onEnd(Line line) {
            tally.count("ended");
        }
    }

    private static void declaredLengths(Stage stage) {
        int each = stage.size(50, 300);
        Tally tooBig = new Tally();
        Tally wrong = new Tally();
        for (long length : new long[] {MAX_MESSAGE_SIZE + 1, 1L << 31, (1L << 32) + 1, Long.MAX_VALUE}) {
            offend(stage, each, () -> new Offender(tooBig, Bytes.header(Bytes.FIN | Bytes.BINARY, length)));
        }
        for (byte[] header : new byte[][] {Bytes.header(Bytes.FIN | Bytes.BINARY, Long.MIN_VALUE),
            Bytes.header(Bytes.FIN | Bytes.BINARY, -1), Bytes.header(Bytes.FIN | Bytes.PING, 126),
            Bytes.header(Bytes.FIN | Bytes.CLOSE, 1L << 40),
            {(byte) 0x82, (byte) 0xFE, 0, 125, 0, 0, 0, 0}, {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}}) {
            offend(stage, each, () -> new Offender(wrong, header));
        }
        stage.await("wrong lengths were refused", () -> tooBig.total() == 4L * each && wrong.total() == 6L * each);
        stage.expect(tooBig.of(1009) == 4L * each, "closes for lengths beyond the limit: " + tooBig);
        stage.expect(wrong.of(1002) == 6L * each, "closes for lengths that may not be: " + wrong);
        stage.met("maxMessageSize", "closes.too_big");
        stage.met("RFC 6455 5.2", "closes.protocol_error");
        declareAndSendNothing(stage);
        declareBody(stage, each);
    }

    private static void declareAndSendNothing(Stage stage) {
        Tally tally = new Tally();
        int count = stage.size(500, 2000);
        stage.await("the others are gone", () -> stage.grown("connections.open") == 0);
        offend(stage, count, () -> new Offender(tally, Bytes.header(Bytes.FIN | Bytes.BINARY, MAX_MESSAGE_SIZE), new byte[] {1}));
        stage.await("the headers were read", () -> stage.grown("connections.open") == count
                && stage.grown("buffers.held_bytes") > 0);
        long held = stage.grown("buffers.held_bytes");
        stage.expect(held < count * 4096L, count + " declared lengths made the server hold " + held + " bytes");
        stage.met("grown as bytes come", "buffers.held_bytes");
    }

    private static void declareBody(Stage stage, int count) {
        Tally tally = new Tally();
        byte[] head = Bytes.latin("POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2147483647\r\n\r\n");
        stage.driver().open(count, SOURCES, () -> Requester.atOnce(tally, head));
        stage.await("huge bodies were refused", () -> tally.total() == count);
        stage.expect(tally.of(413) == count, "answers to huge bodies: " + tally);
        stage.met("maxRequestBody", "http.responses.4xx");
    }

    private static void offend(Stage stage, int count, Supplier<Offender> offenders) {
        stage.driver().open(count, SOURCES, offenders);
    }

    /** Messages that inflate to up to a thousand times their length, in one frame and in many, and some that are corrupt as well. */
    private static void deflateBombs(Stage stage) {
        int each = stage.size(20, 50);
        int[] shifts = stage.isShort() ? new int[] {21, 26} : new int[] {21, 26, 30};
        Tally tally = new Tally();
        Tally corrupt = new Tally();
        for (int shift : shifts) {
            byte[] bomb = Deflated.zeros(1L << shift);
            byte[] whole = Bytes.frame(Bytes.FIN | Deflated.RSV1 | Bytes.BINARY, bomb);
            byte[] parts = Deflated.fragments(bomb, Math.max(1, bomb.length / 1000));
            offend(stage, each, () -> Offender.deflating(tally, whole));
            offend(stage, each, () -> Offender.deflating(tally, parts));
        }
        byte[] noise = Bytes.frame(Bytes.FIN | Deflated.RSV1 | Bytes.BINARY, new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 7});
        offend(stage, each, () -> Offender.deflating(corrupt, noise));
        long count = 2L * each * shifts.length;
        stage.await("every bomb was stopped", () -> tally.total() == count && corrupt.total() == each);
        stage.expect(tally.of(1009) == count, "closes for bombs: " + tally);
        stage.expect(corrupt.of(1007) == each, "closes for what is not compressed: " + corrupt);
        stage.met("maxMessageSize", "closes.too_big", "inflate.failures");
    }

    /** Halves of messages: each may be held, all of them may not. */
    private static void memoryHogs(Stage stage) {
        int count = stage.size(200, 1000);
        Tally tally = new Tally();
        byte[] header = Bytes.header(Bytes.FIN | Bytes.BINARY, MAX_MESSAGE_SIZE);
        byte[] half = new byte[MAX_MESSAGE_SIZE / 2];
        offend(stage, count, () -> new Offender(tally, header, half));
        stage.await("enough were refused or closed", () -> tally.total() >= count - Profile.MEMORY_BUDGET / half.length);
        long held = stage.grown("buffers.held_bytes");
        stage.expect(held <= Profile.MEMORY_BUDGET, "held beyond the budget: " + held);
        stage.met("memoryBudget", "memory.shed_connections", "upgrades.refused.memory", "sockets.refused.memory", "buffers.held_bytes");
    }

    /** Each connection breaks one rule. */
    private static void violations(Stage stage) {
        byte[][] frames = {
            {(byte) 0x81, 0x05, 'h', 'e', 'l', 'l', 'o'},
            Bytes.frame(Bytes.FIN | 0x40 | Bytes.TEXT, new byte[3]), Bytes.frame(Bytes.FIN | 0x20 | Bytes.TEXT, new byte[3]),
            Bytes.frame(Bytes.FIN | 0x10 | Bytes.TEXT, new byte[3]), Bytes.frame(Bytes.FIN | 0x3, new byte[3]),
            Bytes.frame(Bytes.FIN | 0xB, new byte[3]), Bytes.frame(Bytes.FIN | Bytes.CONTINUATION, new byte[3]),
            Bytes.frame(Bytes.PING, new byte[3]), Bytes.close(1005), Bytes.close(999), Bytes.frame(Bytes.FIN | Bytes.CLOSE, new byte[1]),
            Bytes.repeated(Bytes.frame(Bytes.TEXT, new byte[3]), 2)};
        byte[] notUtf8 = Bytes.frame(Bytes.TEXT, new byte[] {(byte) 0xC0, (byte) 0xAF});
        int each = stage.size(50, 500);
        Tally protocol = new Tally();
        Tally text = new Tally();
        for (byte[] frame : frames) {
            offend(stage, each, () -> new Offender(protocol, frame));
        }
        offend(stage, each, () -> new Offender(text, notUtf8));
        int count = each * frames.length;
        stage.await("every violation was met", () -> protocol.total() == count && text.total() == each);
        stage.expect(protocol.of(1002) == count, "closes for violations: " + protocol);
        stage.expect(text.of(1007) == each, "closes for text that is not UTF-8: " + text);
        stage.met("RFC 6455", "closes.protocol_error", "closes.invalid_utf8");
    }
}
