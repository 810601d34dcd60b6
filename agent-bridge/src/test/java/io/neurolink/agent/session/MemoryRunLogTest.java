package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.RunLog;
import io.neurolink.agent.spi.RunLog.Kind;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The log in memory, beside a list of entries. */
class MemoryRunLogTest {
    private record Entry(Kind kind, byte[] bytes) {
    }

    @Test
    void shouldBeEmptyAtFirst() {
        RunLog log = new MemoryRunLog();
        assertEquals(0, log.lastSeq());
        assertEquals(1, log.firstSeq());
        assertEquals(0, log.memoryBytes());
        assertThrows(IllegalArgumentException.class, () -> log.kind(1));
        log.trim(5, 0);
        log.seal();
        log.close();
    }

    @Test
    void shouldKeepWhatIsWrittenToUnlessOneEntryMadeItLarge() {
        RunLog log = new MemoryRunLog();
        log.append(Kind.EVENT, new byte[] {1}, 0, 1);
        log.trim(1, 0);
        assertEquals(1, log.firstSeq());
        log.append(Kind.EVENT, new byte[1_000_000], 0, 1_000_000);
        log.trim(2, 0);
        assertEquals(3, log.firstSeq());
        assertEquals(0, log.memoryBytes());
        log.append(Kind.TEXT, new byte[] {2, 3}, 1, 1);
        assertEquals(Kind.TEXT, log.kind(3));
        assertEquals(1, log.length(3, 3));
    }

    @Property(tries = 500)
    void shouldAnswerAsAListWould(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3000) int count) {
        Random random = new Random(seed);
        RunLog log = new MemoryRunLog();
        List<Entry> model = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            append(log, model, random);
            if (random.nextInt(200) == 0) {
                trim(log, model.size(), random);
            }
            if (random.nextInt(50) == 0) {
                check(log, model, random);
            }
        }
        long before = log.memoryBytes();
        log.seal();
        assertTrue(log.memoryBytes() <= before);
        check(log, model, random);
        log.close();
        assertEquals(0, log.memoryBytes());
    }

    private static void append(RunLog log, List<Entry> model, Random random) {
        byte[] bytes = new byte[1 + (random.nextInt(100) == 0 ? random.nextInt(20_000) : random.nextInt(12))];
        random.nextBytes(bytes);
        Kind kind = random.nextInt(4) > 0 ? Kind.TEXT : Kind.values()[random.nextInt(3)];
        log.append(kind, bytes, 0, bytes.length);
        model.add(new Entry(kind, bytes));
        assertEquals(model.size(), log.lastSeq());
    }

    private static void trim(RunLog log, int size, Random random) {
        long through = random.nextInt(size + 1);
        long first = log.firstSeq();
        long target = random.nextBoolean() ? 0 : log.memoryBytes() / 2;
        log.trim(through, target);
        assertTrue(log.firstSeq() <= Math.max(first, through + 1), "no more than asked for");
        assertTrue(log.firstSeq() >= first);
    }

    private static void check(RunLog log, List<Entry> model, Random random) {
        long first = log.firstSeq();
        assertThrows(IllegalArgumentException.class, () -> log.kind(first - 1));
        for (int i = 0; i < 5 && first <= log.lastSeq(); i++) {
            long from = first + random.nextInt((int) (log.lastSeq() - first + 1));
            int max = random.nextInt(200);
            long to = log.lastJoinable(from, max);
            assertEquals(expectedJoin(model, (int) from, max), to);
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            for (long seq = from; seq <= to; seq++) {
                expected.writeBytes(model.get((int) seq - 1).bytes());
                assertEquals(model.get((int) seq - 1).kind(), log.kind(seq));
            }
            assertEquals(expected.size(), log.length(from, to));
            byte[] copied = new byte[expected.size() + 3];
            log.copy(from, to, copied, 3);
            assertArrayEquals(expected.toByteArray(), java.util.Arrays.copyOfRange(copied, 3, copied.length));
        }
    }

    private static long expectedJoin(List<Entry> model, int from, int max) {
        Entry start = model.get(from - 1);
        int length = start.bytes().length;
        int to = from;
        while (start.kind() != Kind.EVENT && to < model.size() && model.get(to).kind() == start.kind()
                && length + model.get(to).bytes().length <= max) {
            length += model.get(to).bytes().length;
            to++;
        }
        return to;
    }
}
