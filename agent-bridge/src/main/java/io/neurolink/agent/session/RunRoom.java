package io.neurolink.agent.session;

import java.util.List;
import java.util.function.Consumer;

/**
 * Decides whether a run may have one more event, and what of its log goes for that: what every viewer has been sent, then the viewers that
 * stand in the way of others. Where all are behind, or nobody looks, nothing goes and the agent has to wait. For whoever has the run's
 * gate.
 */
final class RunRoom {
    /** A run may always have this much, or it might wait for ever for others that wait for it. */
    private static final int FLOOR_BYTES = 4096;
    /** Part of the limit that is freed when it is reached, so that not every event costs a trim. */
    private static final int FREED_PART = 8;

    private final long limitBytes;
    private final RunJournal journal;
    private final RunViewers viewers;
    private final RunMemory.Account memory;
    private final Consumer<RunViewer> onDetached;

    /**
     * @param limitBytes bytes of the log.
     * @param onDetached told of a viewer that was detached because it stood in the way, when what it missed is gone.
     */
    RunRoom(long limitBytes, RunJournal journal, RunViewers viewers, RunMemory.Account memory, Consumer<RunViewer> onDetached) {
        this.limitBytes = limitBytes;
        this.journal = journal;
        this.viewers = viewers;
        this.memory = memory;
        this.onDetached = onDetached;
    }

    /** @return whether there is room for an event, after making some if that can be done. */
    boolean make() {
        if (isThere()) {
            return true;
        }
        memory.makeRoom();
        if (isThere()) {
            return true;
        }
        long target = memory.hasRoom() ? limitBytes - limitBytes / FREED_PART : 0;
        journal.trim(viewers.lowestCursor(), target);
        while (!isThere() && viewers.isSomeoneCurrent() && viewers.lowestCursor() < journal.lastSeq()) {
            List<RunViewer> detached = viewers.detachUpTo(viewers.lowestCursor());
            journal.trim(viewers.lowestCursor(), target);
            detached.forEach(onDetached);
        }
        return isThere();
    }

    /** @return whether it is the memory of others that is missing. */
    boolean isForOthersToGive() {
        return !memory.hasRoom();
    }

    private boolean isThere() {
        long bytes = journal.log().memoryBytes();
        return bytes < limitBytes && (memory.hasRoom() || bytes <= FLOOR_BYTES);
    }
}
