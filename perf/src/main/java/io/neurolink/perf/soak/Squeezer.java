package io.neurolink.perf.soak;

import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Deflated;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Talker;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Sends compressed messages and takes their echoes, compressed with all that went before. */
final class Squeezer extends Talker {
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int MESSAGES = 50;
    private static final int MIN_LENGTH = 1100;
    private static final int MAX_LENGTH = 20_000;
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final Log log;
    private final BooleanSupplier isStopping;
    private final Inflater inflater = new Inflater(true);
    private final byte[] inflated = new byte[MAX_LENGTH + 1];
    private int messagesLeft = MESSAGES;
    private int expectedLength;
    private boolean isOver;

    Squeezer(Log log, BooleanSupplier isStopping) {
        super(Bytes.upgrade("/echo", "Sec-WebSocket-Extensions: permessage-deflate"));
        this.log = log;
        this.isStopping = isStopping;
    }

    @Override
    protected void onOpen(Line opened) {
        log.count("compressed opened");
        onWake(opened);
    }

    @Override
    public void onWake(Line line) {
        if (isOver) {
            return;
        }
        if (messagesLeft-- <= 0 || isStopping.getAsBoolean()) {
            isOver = true;
            line.send(Bytes.close(1000));
            return;
        }
        expectedLength = ThreadLocalRandom.current().nextInt(MIN_LENGTH, MAX_LENGTH);
        byte[] compressed = Deflated.zeros(expectedLength);
        line.send(Deflated.fragments(compressed, 1 + compressed.length / ThreadLocalRandom.current().nextInt(1, 4)));
    }

    /** What zeros become is short enough to be there whole. */
    @Override
    protected void onMessage(Line from, int opcode, long length, ByteBuffer bytes) {
        if (!isCompressed() || length != bytes.remaining()) {
            log.fault("an echo of " + length + " bytes that is not compressed, or not much");
            return;
        }
        byte[] compressed = new byte[bytes.remaining() + TAIL.length];
        bytes.get(compressed, 0, bytes.remaining());
        System.arraycopy(TAIL, 0, compressed, compressed.length - TAIL.length, TAIL.length);
        check(compressed);
        log.count("compressed echoes");
        from.wakeAfter(INTERVAL_NS);
    }

    private void check(byte[] compressed) {
        try {
            inflater.setInput(compressed);
            int length = inflater.inflate(inflated);
            if (length != expectedLength || !inflater.needsInput()) {
                log.fault("a compressed echo of " + length + " bytes, not " + expectedLength);
            }
        } catch (DataFormatException e) {
            log.fault("a compressed echo that is none: " + e);
        }
    }

    @Override
    protected void onClose(Line from, int code) {
        if (!isOver || code != 1000) {
            isOver = true;
            log.fault("a peer with compression was closed with " + code);
        }
        log.count("compressed closed");
    }

    @Override
    public void onEnd(Line line) {
        inflater.end();
        if (!isOver) {
            isOver = true;
            log.fault("a peer with compression was cut");
        }
    }
}
