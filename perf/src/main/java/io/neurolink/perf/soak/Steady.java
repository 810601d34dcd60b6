package io.neurolink.perf.soak;

import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Talker;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Sends messages of many lengths, some in fragments, takes their echoes, and closes in order after a while. */
final class Steady extends Talker {
    private static final int MAX_LENGTH = 4096;
    private static final int LARGE_LENGTH = 200_000;
    private static final int LARGE_ONE_IN = 200;

    private final Log log;
    private final BooleanSupplier isStopping;
    private final long intervalNs;
    private int messagesLeft;
    private long sent;
    private long echoed;
    private int expectedLength;
    private boolean isOver;

    Steady(Log log, BooleanSupplier isStopping, long intervalNs, int messages) {
        super(Bytes.upgrade("/echo"));
        this.log = log;
        this.isStopping = isStopping;
        this.intervalNs = intervalNs;
        this.messagesLeft = messages;
    }

    /** For a peer that comes for one message. */
    static Steady visitor(Log log, BooleanSupplier isStopping) {
        return new Steady(log, isStopping, TimeUnit.MILLISECONDS.toNanos(10), 1);
    }

    @Override
    protected void onOpen(Line opened) {
        log.count("steady opened");
        onWake(opened);
    }

    @Override
    protected void onRefused(Line refused, int status) {
        isOver = true;
        log.fault("a well-behaved peer was refused with " + status);
    }

    /** The next message goes when the last was echoed. */
    @Override
    public void onWake(Line line) {
        if (isOver) {
            return;
        }
        if (sent == echoed) {
            if (messagesLeft-- <= 0 || isStopping.getAsBoolean()) {
                isOver = true;
                line.send(Bytes.close(1000));
                return;
            }
            send(line);
        }
        line.wakeAfter(intervalNs / 2 + ThreadLocalRandom.current().nextLong(intervalNs));
    }

    private void send(Line line) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        byte[] payload = new byte[8 + random.nextInt(random.nextInt(LARGE_ONE_IN) == 0 ? LARGE_LENGTH : MAX_LENGTH)];
        ByteBuffer.wrap(payload).putLong(++sent);
        expectedLength = payload.length;
        if (payload.length % 3 == 0) {
            int cut = payload.length / 2;
            line.send(Bytes.frame(Bytes.BINARY, Arrays.copyOf(payload, cut)));
            line.send(Bytes.frame(Bytes.FIN | Bytes.PING, new byte[] {1}));
            line.send(Bytes.frame(Bytes.FIN | Bytes.CONTINUATION, Arrays.copyOfRange(payload, cut, payload.length)));
        } else {
            line.send(Bytes.frame(Bytes.FIN | Bytes.BINARY, payload));
        }
    }

    @Override
    protected void onMessage(Line from, int opcode, long length, ByteBuffer firstBytes) {
        if (length != expectedLength || firstBytes.getLong(0) != sent) {
            log.fault("an echo of " + length + " bytes, not " + expectedLength + ", with number " + firstBytes.getLong(0));
        }
        echoed = sent;
        log.count("steady echoes");
    }

    @Override
    protected void onClose(Line from, int code) {
        if (!isOver || code != 1000) {
            isOver = true;
            log.fault("a well-behaved peer was closed with " + code);
        }
        log.count("steady closed");
    }

    @Override
    public void onEnd(Line line) {
        if (!isOver) {
            isOver = true;
            log.fault("a well-behaved peer was cut after " + echoed + " echoes");
        }
    }
}
