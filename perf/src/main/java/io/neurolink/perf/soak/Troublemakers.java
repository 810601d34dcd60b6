package io.neurolink.perf.soak;

import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Peer;
import io.neurolink.perf.wire.Talker;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Connections that end as connections should not: each kind in turn. One thread. */
final class Troublemakers {
    private static final List<Function<Log, Peer>> KINDS = List.of(
            log -> new Violator(log, "resets in a frame", Bytes.header(Bytes.FIN | Bytes.BINARY, 5000), Violator.RESET),
            log -> new Violator(log, "resets while idle", new byte[0], Violator.RESET),
            log -> new Violator(log, "half-closes", Bytes.text("and out"), Violator.FINISH),
            log -> new Violator(log, "frames without mask", new byte[] {(byte) 0x81, 1, 'x'}, Violator.WAIT),
            log -> new Violator(log, "bad UTF-8", Bytes.frame(Bytes.FIN | Bytes.TEXT, new byte[] {(byte) 0xFF}), Violator.WAIT),
            log -> new Violator(log, "reserved bits", Bytes.frame(Bytes.FIN | 0x70 | Bytes.TEXT, new byte[9]), Violator.WAIT),
            log -> new Violator(log, "too long", Bytes.header(Bytes.FIN | Bytes.BINARY, 1L << 40), Violator.WAIT),
            log -> new Violator(log, "random frames", Bytes.random(500), Violator.FINISH),
            log -> new Violator(log, "continuations of nothing", Bytes.frame(Bytes.CONTINUATION, new byte[3]), Violator.WAIT),
            log -> new Violator(log, "ping floods", Bytes.repeated(Bytes.frame(Bytes.FIN | Bytes.PING, new byte[9]), 2500), Violator.WAIT),
            log -> new Violator(log, "deaf to close", "/close", Bytes.text("close me"), Violator.IGNORE),
            log -> new Caller(log, "random requests", Bytes.random(200), true),
            log -> new Caller(log, "half requests", Bytes.latin("GET /echo HTTP/1.1\r\nHos"), true),
            log -> new Caller(log, "upgrades at no path", Bytes.latin(Bytes.upgrade("/nowhere")), false),
            log -> new Caller(log, "wrong tokens", Bytes.latin(Bytes.upgrade("/auth", "Authorization: Bearer wrong")), false),
            log -> new Caller(log, "foreign pages", Bytes.latin(Bytes.upgrade("/same-host", "Origin: http://evil.example")), false),
            log -> new Caller(log, "plain requests", Bytes.latin("GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), false));

    private int next;

    Peer next(Log log) {
        return KINDS.get(next++ % KINDS.size()).apply(log);
    }

    private static final class Violator extends Talker {
        static final int WAIT = 0;
        static final int RESET = 1;
        static final int FINISH = 2;
        static final int IGNORE = 3;

        private final Log log;
        private final String kind;
        private final byte[] bytes;
        private final int then;

        Violator(Log log, String kind, byte[] bytes, int then) {
            this(log, kind, "/echo", bytes, then);
        }

        Violator(Log log, String kind, String path, byte[] bytes, int then) {
            super(Bytes.upgrade(path));
            this.log = log;
            this.kind = kind;
            this.bytes = bytes;
            this.then = then;
        }

        @Override
        protected void onOpen(Line opened) {
            log.count(kind);
            opened.send(bytes);
            if (then == FINISH) {
                opened.finish();
            } else if (then == RESET) {
                opened.wakeAfter(TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextInt(50)));
            }
        }

        @Override
        public void onWake(Line line) {
            line.reset();
        }

        @Override
        protected void onClose(Line from, int code) {
            if (then != IGNORE) {
                from.send(Bytes.close(code));
            }
        }
    }

    /** Sends a request that is none, or will not be granted. */
    private static final class Caller implements Peer {
        private final Log log;
        private final String kind;
        private final byte[] bytes;
        private final boolean isResetting;

        Caller(Log log, String kind, byte[] bytes, boolean isResetting) {
            this.log = log;
            this.kind = kind;
            this.bytes = bytes;
            this.isResetting = isResetting;
        }

        @Override
        public void onConnected(Line line) {
            log.count(kind);
            line.send(bytes);
            if (isResetting) {
                line.wakeAfter(TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextInt(100)));
            }
        }

        @Override
        public void onWake(Line line) {
            line.reset();
        }
    }
}
