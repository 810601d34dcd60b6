package io.neurolink.engine.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.status.MemoryBudget.Level;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final long LIMIT = 100_000_000;

    private final Counters counters = new Counters();
    private final CounterSet loop = counters.newSet("loop");
    private final MemoryBudget budget = new MemoryBudget(counters, LIMIT, 0);
    private long nowNs;
    private long used;

    private Level levelAt(long bytes) {
        loop.add(EngineCounter.OUTBOUND_BYTES, bytes - used);
        used = bytes;
        nowNs += MemoryBudget.INTERVAL_NS;
        return budget.level(nowNs);
    }

    @Test
    void shouldChangeItsLevelAtTheMarks() {
        assertEquals(Level.NORMAL, levelAt(85_000_000));
        assertEquals(Level.TIGHT, levelAt(85_000_001));
        assertEquals(Level.TIGHT, levelAt(LIMIT));
        assertEquals(Level.EXCEEDED, levelAt(LIMIT + 1));
        assertEquals(Level.EXCEEDED, levelAt(70_000_001));
        assertEquals(Level.NORMAL, levelAt(70_000_000));
        assertEquals(Level.EXCEEDED, levelAt(LIMIT + 1));
        assertEquals(Level.NORMAL, levelAt(0));
        assertEquals(Level.TIGHT, levelAt(90_000_000));
        assertEquals(Level.TIGHT, levelAt(70_000_001));
        assertEquals(Level.NORMAL, levelAt(70_000_000));
    }

    @Test
    void shouldAddUpAllPartsOfAllWriters() {
        CounterSet other = counters.newSet("other");
        for (EngineCounter part : MemoryBudget.PARTS) {
            loop.add(part, 10);
            other.add(part, 1);
            counters.shared().add(part, 100);
            assertEquals(EngineCounter.Kind.GAUGE, part.kind());
        }
        assertEquals(111L * MemoryBudget.PARTS.size(), budget.usedBytes());
    }

    @Test
    void shouldAddUpOnceInAWhileOnly() {
        assertEquals(Level.NORMAL, levelAt(0));
        loop.add(EngineCounter.HELD_BYTES, LIMIT + 1);
        assertEquals(Level.NORMAL, budget.level(nowNs + MemoryBudget.INTERVAL_NS - 1));
        assertEquals(Level.EXCEEDED, budget.level(nowNs + MemoryBudget.INTERVAL_NS));
    }

    @Test
    void shouldHaveALeastSize() {
        String message = assertThrows(IllegalArgumentException.class, () -> new MemoryBudget(counters, 1024 * 1024 - 1, 0)).getMessage();
        assertEquals("memoryBudget must be at least 1048576 bytes, not 1048575", message);
        assertTrue(MemoryBudget.defaultBytes() >= MemoryBudget.MIN_BYTES);
    }
}
