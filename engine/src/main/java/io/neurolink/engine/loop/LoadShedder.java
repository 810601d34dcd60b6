package io.neurolink.engine.loop;

import io.neurolink.engine.status.MemoryBudget;
import io.neurolink.engine.status.MemoryBudget.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Closes the connections that hold the most while an engine takes more memory than its budget. One for all loops. The loop that notices
 * opens a round: each loop names its largest holders, the last to answer chooses among all of them, and their loops close them. A loop that
 * does not answer, because a handler blocks it, is not waited for longer than {@link #PATIENCE_NS}.
 */
public final class LoadShedder {
    /** How long a round may take before it is concluded without those that did not answer. */
    static final long PATIENCE_NS = 100_000_000;

    /** Who holds less is left alone. */
    static final long MIN_BYTES = 4096;

    /** How many connections a loop names in a round. */
    static final int NAMED = 32;

    private static final Comparator<Holder> LARGEST_FIRST = Comparator.comparingLong(Holder::bytes).reversed();

    private final MemoryBudget budget;
    private final AtomicReference<Round> present = new AtomicReference<>();
    private List<EventLoop> loops = List.of();

    /**
     * A connection and what it held when it was looked at.
     *
     * @param loop  its loop
     * @param shed  lets go of it; to be run by the loop
     * @param bytes held
     */
    record Holder(EventLoop loop, Runnable shed, long bytes) {
    }

    /** One look at all loops. */
    private static final class Round {
        private final long startNs;
        private final AtomicInteger missing;
        private final Queue<Holder> named = new ConcurrentLinkedQueue<>();

        private Round(long startNs, int loopCount) {
            this.startNs = startNs;
            this.missing = new AtomicInteger(loopCount);
        }
    }

    /**
     * @param budget of the engine.
     */
    public LoadShedder(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Says whom to ask. Before the loops start.
     *
     * @param newLoops all loops.
     */
    public void loops(List<EventLoop> newLoops) {
        loops = List.copyOf(newLoops);
    }

    /** @return the budget it watches over. */
    public MemoryBudget budget() {
        return budget;
    }

    /** Called by any loop; does something only while there is too much, or until the low mark is reached after that. */
    Level relieve(long nowNs) {
        Level level = budget.level(nowNs);
        if (level == Level.EXCEEDED) {
            Round round = present.get();
            if (round == null) {
                open(nowNs);
            } else if (nowNs - round.startNs > PATIENCE_NS) {
                conclude(round);
            }
        }
        return level;
    }

    private void open(long nowNs) {
        Round round = new Round(nowNs, loops.size());
        if (present.compareAndSet(null, round)) {
            for (EventLoop loop : loops) {
                loop.proxy().executeUrgently(() -> answer(round, loop));
            }
        }
    }

    private void answer(Round round, EventLoop loop) {
        round.named.addAll(loop.memory().largestHolders(NAMED));
        if (round.missing.decrementAndGet() == 0) {
            conclude(round);
        }
    }

    /** The largest go until what they hold is enough to reach the low mark; what is still missing is the matter of another round. */
    private void conclude(Round round) {
        if (!present.compareAndSet(round, null)) {
            return;
        }
        List<Holder> holders = new ArrayList<>(round.named);
        holders.sort(LARGEST_FIRST);
        long excess = budget.usedBytes() - budget.lowBytes();
        for (Holder holder : holders) {
            if (excess <= 0) {
                break;
            }
            excess -= holder.bytes;
            holder.loop.proxy().executeUrgently(holder.shed);
        }
    }
}
