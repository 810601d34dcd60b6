package io.neurolink.agent.session;

import io.neurolink.agent.spi.RunLog;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a run's node appends to the log that all nodes see: who writes, and some events that follow on each other. Numbers that are not
 * given a width are of variable length, seven bits a byte, lowest first; texts are their length and UTF-8.
 *
 * <pre>
 *   version 1 │ flags │ node │ instance │ epoch │ user ('-' or '+' and the text) │ requestId │ fingerprint 4 │ number │ firstSeq │ entries
 *   entry:  kind and flags │ length │ bytes
 * </pre>
 *
 * An entry that is too long for a record is cut in parts: all but the last are marked {@link #MORE}, all but the first {@link #REST}.
 *
 * @param node        the node that appended it
 * @param instance    tells this run from others that had its id before
 * @param epoch       what clients of that node may have been told as its epoch when the run began, with a blank between
 * @param userId      whose run it is, or null
 * @param requestId   its id
 * @param fingerprint the same for a request that is sent again
 * @param number      how many records the node had appended before
 * @param firstSeq    seq of the first entry
 * @param flags       {@link #END}, {@link #TAKEN_OVER}
 * @param entries     the entries as they stand in the record
 */
record RunRecord(String node, String instance, String epoch, String userId, String requestId, int fingerprint, long number, long firstSeq,
                 int flags, ByteBuffer entries) {
    /** The last entry is the run's terminal event. */
    static final int END = 1;
    /** Another node than the run's wrote it, since that one is dead. */
    static final int TAKEN_OVER = 2;
    /** Bytes of a record beside its entries, with ids of usual lengths. */
    static final int HEAD_LENGTH = 256;

    private static final int VERSION = 1;
    private static final int MORE = 1 << 4;
    private static final int REST = 1 << 5;
    private static final int KIND_MASK = 0xF;
    private static final RunLog.Kind[] KINDS = RunLog.Kind.values();

    /** Takes the entries of a record. */
    interface EntryReader {
        /**
         * @param seq    its number.
         * @param kind   what it is.
         * @param bytes  its bytes, or those of a part.
         * @param isRest whether this goes on where the last part ended.
         * @param isMore whether another part follows.
         */
        void entry(long seq, RunLog.Kind kind, ByteBuffer bytes, boolean isRest, boolean isMore);
    }

    /** Who appends the records of a run: what all of them begin with. */
    record Author(String node, String instance, String epoch, String userId, String requestId, int fingerprint) {
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    Author author() {
        return new Author(node, instance, epoch, userId, requestId, fingerprint);
    }

    /** @return seq of the last entry that is here as a whole; one less than the first seq if there is none. */
    long lastSeq() {
        long[] last = {firstSeq - 1};
        forEach((seq, kind, bytes, isRest, isMore) -> last[0] = isMore ? seq - 1 : seq);
        return last[0];
    }

    /** @return whether the first entry goes on where another record ended. */
    boolean beginsInside() {
        return entries.hasRemaining() && (entries.get(entries.position()) & REST) != 0;
    }

    void forEach(EntryReader reader) {
        ByteBuffer rest = entries.duplicate();
        long seq = firstSeq;
        while (rest.hasRemaining()) {
            int head = rest.get();
            int length = (int) getNumber(rest);
            if (length > rest.remaining() || (head & KIND_MASK) >= KINDS.length) {
                throw new IllegalArgumentException("no record of a run");
            }
            boolean isMore = (head & MORE) != 0;
            reader.entry(seq, KINDS[head & KIND_MASK], rest.slice(rest.position(), length), (head & REST) != 0, isMore);
            rest.position(rest.position() + length);
            seq += isMore ? 0 : 1;
        }
    }

    /**
     * @throws IllegalArgumentException if these are not the bytes of a record.
     */
    static RunRecord read(byte[] bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            if (buffer.get() != VERSION) {
                throw new IllegalArgumentException("a record of another version");
            }
            int flags = buffer.get();
            String node = getText(buffer);
            String instance = getText(buffer);
            String epoch = getText(buffer);
            String user = getText(buffer);
            return new RunRecord(node, instance, epoch, user.startsWith("+") ? user.substring(1) : null, getText(buffer), buffer.getInt(),
                    getNumber(buffer), getNumber(buffer), flags, buffer.slice());
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("no record of a run", e);
        }
    }

    private static String getText(ByteBuffer buffer) {
        int length = (int) getNumber(buffer);
        if (length < 0 || length > buffer.remaining()) {
            throw new IllegalArgumentException("no record of a run");
        }
        String text = new String(buffer.array(), buffer.arrayOffset() + buffer.position(), length, StandardCharsets.UTF_8);
        buffer.position(buffer.position() + length);
        return text;
    }

    private static long getNumber(ByteBuffer buffer) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = buffer.get();
            number |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("no record of a run");
    }

    /** Builds a record. Not safe for use by several threads. */
    static final class Writer {
        private final int limit;
        private byte[] bytes = new byte[HEAD_LENGTH];
        private int length;
        private long nextSeq;

        /**
         * @param limit bytes it may have.
         */
        Writer(Author author, int flags, long number, long firstSeq, int limit) {
            this.limit = limit;
            this.nextSeq = firstSeq;
            putByte(VERSION);
            putByte(flags);
            putText(author.node());
            putText(author.instance());
            putText(author.epoch());
            putText(author.userId() == null ? "-" : "+" + author.userId());
            putText(author.requestId());
            ensure(Integer.BYTES);
            ByteBuffer.wrap(bytes).putInt(length, author.fingerprint());
            length += Integer.BYTES;
            putNumber(number);
            putNumber(firstSeq);
        }

        /**
         * Adds what there is room for of the entries of a log.
         *
         * @param offset bytes of the first one that an earlier record has.
         * @return bytes of the entry at {@link #nextSeq()} that are in this record or an earlier one; 0 if it is not begun.
         */
        int add(RunLog log, long fromSeq, long toSeq, int offset) {
            int done = offset;
            for (long seq = fromSeq; seq <= toSeq; seq++) {
                int left = log.length(seq, seq) - done;
                int room = limit - length - 1 - Integer.BYTES;
                if (left > room && (seq > fromSeq || room < 1)) {
                    return 0;
                }
                addPart(log, seq, done, Math.min(left, room));
                if (left > room) {
                    return done + room;
                }
                done = 0;
                nextSeq++;
            }
            return 0;
        }

        private void addPart(RunLog log, long seq, int offset, int count) {
            int whole = log.length(seq, seq);
            if (count == whole) {
                begin(log.kind(seq), count, false, false);
                log.copy(seq, seq, bytes, length);
            } else {
                byte[] entry = new byte[whole];
                log.copy(seq, seq, entry, 0);
                begin(log.kind(seq), count, offset > 0, offset + count < whole);
                System.arraycopy(entry, offset, bytes, length, count);
            }
            length += count;
        }

        /** Adds an entry that is no log's. */
        void add(RunLog.Kind kind, ByteBuffer entry) {
            int count = entry.remaining();
            begin(kind, count, false, false);
            entry.get(entry.position(), bytes, length, count);
            length += count;
            nextSeq++;
        }

        private void begin(RunLog.Kind kind, int count, boolean isRest, boolean isMore) {
            putByte(kind.ordinal() | (isRest ? REST : 0) | (isMore ? MORE : 0));
            putNumber(count);
            ensure(count);
        }

        /** @return seq of the entry after the last one that is complete. */
        long nextSeq() {
            return nextSeq;
        }

        byte[] end(int flags) {
            bytes[1] = (byte) flags;
            return Arrays.copyOf(bytes, length);
        }

        private void putText(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            putNumber(utf8.length);
            ensure(utf8.length);
            System.arraycopy(utf8, 0, bytes, length, utf8.length);
            length += utf8.length;
        }

        private void putNumber(long number) {
            long rest = number;
            while (rest > 0x7F) {
                putByte((int) (rest & 0x7F) | 0x80);
                rest >>>= 7;
            }
            putByte((int) rest);
        }

        private void putByte(int value) {
            ensure(1);
            bytes[length++] = (byte) value;
        }

        private void ensure(int count) {
            if (length + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
            }
        }
    }
}
