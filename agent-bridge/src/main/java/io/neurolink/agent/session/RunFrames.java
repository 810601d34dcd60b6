package io.neurolink.agent.session;

import io.neurolink.agent.spi.RunLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Builds the messages that viewers are sent of a log: a header and copied bytes. The last one is remembered, so that one which several
 * viewers need alike is built once. Holds a message of one run from {@link #begin} on; for one thread at a time.
 */
final class RunFrames {
    private static final int INITIAL_LENGTH = 512;
    private static final int RETAINED_LENGTH = 64 * 1024;
    /** Of what stands around the content: {@code ","kind":"reasoning","n":2147483647}} and a seq. */
    private static final int MAX_AROUND_CONTENT = 96;
    private static final byte[] CONTENT = ascii(",\"content\":\"");
    private static final byte[] KIND_REASONING = ascii(",\"kind\":\"reasoning\"");
    private static final byte[] PARTS = ascii(",\"n\":");

    private byte[] bytes = new byte[INITIAL_LENGTH];
    private ByteBuffer view = ByteBuffer.wrap(bytes);
    private int length;
    private RunLog log;
    private byte[] chunkHead;
    private int maxJoinedBytes;
    private long builtAfter;
    private long builtTo;
    private long builtAtLastSeq;

    /**
     * Starts to serve the viewers of a run.
     *
     * @param runLog    its log.
     * @param runHead   the beginning of its chunks, up to the value of {@code seq}.
     * @param maxJoined bytes of joined content.
     */
    void begin(RunLog runLog, byte[] runHead, int maxJoined) {
        log = runLog;
        chunkHead = runHead;
        maxJoinedBytes = maxJoined;
        builtAfter = -1;
    }

    /** The run's viewers are served. */
    void end() {
        log = null;
        chunkHead = null;
        if (bytes.length > RETAINED_LENGTH) {
            setBytes(new byte[INITIAL_LENGTH]);
        }
    }

    /** @return the beginning of the chunks of a run. */
    static byte[] chunkHead(String requestId) {
        var writer = new io.neurolink.agent.envelope.EnvelopeWriter(INITIAL_LENGTH * 4);
        ByteBuffer message = writer.begin("chunk").string("requestId", requestId).number("seq", 0).end();
        byte[] head = new byte[message.remaining() - 2];
        message.get(message.position(), head);
        return head;
    }

    /**
     * Builds the message that follows on an event.
     *
     * @param after seq of that event; there is a later one, and all of these are kept.
     * @return the message, valid until the next call.
     */
    ByteBuffer messageAfter(long after) {
        if (builtAfter != after || builtAtLastSeq != log.lastSeq()) {
            build(after);
        }
        return view.limit(length).position(0);
    }

    /** @return seq of the last event in the message that was built last. */
    long builtTo() {
        return builtTo;
    }

    private void build(long after) {
        long from = after + 1;
        RunLog.Kind kind = log.kind(from);
        builtTo = log.lastJoinable(from, maxJoinedBytes);
        if (kind == RunLog.Kind.EVENT) {
            length = log.length(from, from);
            ensure(length);
            log.copy(from, from, bytes, 0);
        } else {
            buildChunk(kind, from);
        }
        builtAfter = after;
        builtAtLastSeq = log.lastSeq();
    }

    private void buildChunk(RunLog.Kind kind, long from) {
        int contentLength = log.length(from, builtTo);
        ensure(chunkHead.length + contentLength + MAX_AROUND_CONTENT);
        length = 0;
        put(chunkHead);
        putNumber(builtTo);
        put(CONTENT);
        log.copy(from, builtTo, bytes, length);
        length += contentLength;
        bytes[length++] = '"';
        if (kind == RunLog.Kind.REASONING) {
            put(KIND_REASONING);
        }
        if (builtTo > from) {
            put(PARTS);
            putNumber(builtTo - from + 1);
        }
        bytes[length++] = '}';
    }

    private void put(byte[] ascii) {
        System.arraycopy(ascii, 0, bytes, length, ascii.length);
        length += ascii.length;
    }

    private void putNumber(long number) {
        int digits = 1;
        for (long rest = number / 10; rest != 0; rest /= 10) {
            digits++;
        }
        int at = length + digits;
        length = at;
        long rest = number;
        do {
            bytes[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
    }

    private void ensure(int needed) {
        if (needed > bytes.length) {
            setBytes(new byte[Math.max(needed, 2 * bytes.length)]);
        }
    }

    private void setBytes(byte[] newBytes) {
        bytes = newBytes;
        view = ByteBuffer.wrap(newBytes);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
