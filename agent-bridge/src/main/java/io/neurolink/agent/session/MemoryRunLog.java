package io.neurolink.agent.session;

import io.neurolink.agent.spi.RunLog;
import java.util.Arrays;

/**
 * A log in memory, as a chain of segments: appending never moves what is there, and oldest entries go a whole segment at a time. The bytes
 * of entries that follow on each other lie side by side, so those of a joined chunk are copied in one go for each segment.
 *
 * <pre>
 *   segment: firstSeq = 7   bytes  │Hel│lo│ wor│ld│ …       ends  3 5 9 11     kinds  T T T T
 * </pre>
 *
 * An entry lies in one segment as a whole. Segments double in size up to {@value #LARGEST_SEGMENT} bytes, so that short runs take little.
 */
final class MemoryRunLog implements RunLog {
    private static final int FIRST_SEGMENT = 512;
    private static final int LARGEST_SEGMENT = 4096;
    /** What a segment takes beside its arrays. */
    private static final int SEGMENT_OVERHEAD = 96;
    private static final int BYTES_PER_INDEX_ENTRY = 5;
    private static final int EXPECTED_ENTRY_LENGTH = 8;
    private static final Kind[] KINDS = Kind.values();

    private Segment head;
    private Segment tail;
    /** Where the entry that was asked for last lies: the next question is most often about one close to it. */
    private Segment recent;
    private long lastSeq;
    private long memoryBytes;
    private int nextSegmentLength = FIRST_SEGMENT;

    @Override
    public void append(Kind kind, byte[] bytes, int offset, int length) {
        if (tail == null || tail.bytes.length - tail.used < length) {
            addSegment(length);
        }
        memoryBytes += tail.append(kind, bytes, offset, length);
        lastSeq++;
    }

    /** Forgets all entries; the next one gets this number. */
    void restart(long seq) {
        close();
        lastSeq = seq - 1;
        nextSegmentLength = FIRST_SEGMENT;
    }

    private void addSegment(int length) {
        Segment added = new Segment(lastSeq + 1, Math.max(nextSegmentLength, length));
        nextSegmentLength = Math.min(LARGEST_SEGMENT, 2 * nextSegmentLength);
        memoryBytes += added.memoryBytes();
        if (tail == null) {
            head = added;
            recent = added;
        } else {
            tail.next = added;
        }
        tail = added;
    }

    @Override
    public long firstSeq() {
        return head == null ? lastSeq + 1 : head.firstSeq;
    }

    @Override
    public long lastSeq() {
        return lastSeq;
    }

    @Override
    public Kind kind(long seq) {
        Segment segment = find(seq);
        return KINDS[segment.kinds[(int) (seq - segment.firstSeq)]];
    }

    @Override
    public long lastJoinable(long seq, int maxBytes) {
        Segment segment = find(seq);
        int index = (int) (seq - segment.firstSeq);
        byte kind = segment.kinds[index];
        long joined = seq;
        long room = (long) maxBytes - segment.length(index);
        if (KINDS[kind] == Kind.EVENT) {
            return seq;
        }
        while (joined < lastSeq) {
            index++;
            if (index == segment.count) {
                segment = segment.next;
                index = 0;
            }
            room -= segment.length(index);
            if (segment.kinds[index] != kind || room < 0) {
                return joined;
            }
            joined++;
        }
        return joined;
    }

    @Override
    public int length(long fromSeq, long toSeq) {
        int length = 0;
        Segment segment = find(fromSeq);
        for (long seq = fromSeq; seq <= toSeq; seq = segment.endSeq(), segment = next(segment, seq, toSeq)) {
            length += segment.end(toSeq) - segment.start(seq);
        }
        return length;
    }

    @Override
    public void copy(long fromSeq, long toSeq, byte[] target, int offset) {
        int at = offset;
        Segment segment = find(fromSeq);
        for (long seq = fromSeq; seq <= toSeq; seq = segment.endSeq(), segment = next(segment, seq, toSeq)) {
            int start = segment.start(seq);
            int length = segment.end(toSeq) - start;
            System.arraycopy(segment.bytes, start, target, at, length);
            at += length;
        }
    }

    private static Segment next(Segment segment, long seq, long toSeq) {
        return seq <= toSeq ? segment.next : segment;
    }

    private Segment find(long seq) {
        if (seq < firstSeq() || seq > lastSeq) {
            throw new IllegalArgumentException("no entry " + seq + " among " + firstSeq() + " to " + lastSeq);
        }
        Segment segment = seq >= tail.firstSeq ? tail : seq >= recent.firstSeq ? recent : head;
        while (seq >= segment.endSeq()) {
            segment = segment.next;
        }
        recent = segment;
        return segment;
    }

    @Override
    public void trim(long throughSeq, long memoryTarget) {
        while (head != null && isDispensable(head) && head.endSeq() - 1 <= throughSeq && memoryBytes > memoryTarget) {
            memoryBytes -= head.memoryBytes();
            head = head.next;
            recent = head;
        }
        if (head == null) {
            tail = null;
        }
    }

    /** The segment that is written to stays, so that who is cut off now finds the latest events, unless one event made it large. */
    private boolean isDispensable(Segment segment) {
        return segment != tail || segment.bytes.length > LARGEST_SEGMENT;
    }

    @Override
    public void seal() {
        if (tail != null) {
            memoryBytes -= tail.memoryBytes();
            tail.shrink();
            memoryBytes += tail.memoryBytes();
        }
    }

    @Override
    public long memoryBytes() {
        return memoryBytes;
    }

    @Override
    public void close() {
        head = null;
        tail = null;
        recent = null;
        memoryBytes = 0;
    }

    /** Some entries that follow on each other. */
    private static final class Segment {
        private final long firstSeq;
        private byte[] bytes;
        private int[] ends;
        private byte[] kinds;
        private int used;
        private int count;
        private Segment next;

        Segment(long firstSeq, int length) {
            this.firstSeq = firstSeq;
            this.bytes = new byte[length];
            int entries = Math.min(length, LARGEST_SEGMENT) / EXPECTED_ENTRY_LENGTH;
            this.ends = new int[entries];
            this.kinds = new byte[entries];
        }

        /** @return by how many bytes it has grown. */
        int append(Kind kind, byte[] source, int offset, int length) {
            int grown = 0;
            if (count == ends.length) {
                grown = BYTES_PER_INDEX_ENTRY * count;
                ends = Arrays.copyOf(ends, 2 * count);
                kinds = Arrays.copyOf(kinds, 2 * count);
            }
            System.arraycopy(source, offset, bytes, used, length);
            used += length;
            ends[count] = used;
            kinds[count] = (byte) kind.ordinal();
            count++;
            return grown;
        }

        long endSeq() {
            return firstSeq + count;
        }

        int length(int index) {
            return index == 0 ? ends[0] : ends[index] - ends[index - 1];
        }

        int start(long seq) {
            int index = (int) (seq - firstSeq);
            return index == 0 ? 0 : ends[index - 1];
        }

        /** @return where the entry ends, or the last one here if that comes before. */
        int end(long seq) {
            return ends[(int) Math.min(seq - firstSeq, count - 1L)];
        }

        void shrink() {
            bytes = Arrays.copyOf(bytes, used);
            ends = Arrays.copyOf(ends, count);
            kinds = Arrays.copyOf(kinds, count);
        }

        long memoryBytes() {
            return SEGMENT_OVERHEAD + bytes.length + (long) BYTES_PER_INDEX_ENTRY * ends.length;
        }
    }
}
