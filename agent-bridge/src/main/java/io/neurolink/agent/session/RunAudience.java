package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Lets connections look at a run, and tells those who do not any more why. For whoever has the run's gate. */
final class RunAudience implements RunViewers.Listener {
    private final ViewedRun run;
    private final RunJournal journal;
    private final RunContext context;
    private final RunCounters counters;
    private final RunViewers viewers;
    private boolean isOver;

    RunAudience(ViewedRun run, RunJournal journal, RunContext context, RunCounters counters) {
        this.run = run;
        this.journal = journal;
        this.context = context;
        this.counters = counters;
        this.viewers = new RunViewers(run.requestId(), journal, context, this);
    }

    RunViewers viewers() {
        return viewers;
    }

    boolean isEmpty() {
        return viewers.isEmpty();
    }

    /** The first viewer looks from the start. */
    void begin(RunViewer viewer, RunRequest request) {
        viewer.restart(0);
        if (request.kind() == RunKind.STREAM) {
            write(writer -> viewer.sendAhead(RunEvents.accepted(writer, request.requestId(), request.sessionId())));
        }
        attach(viewer);
    }

    private void attach(RunViewer viewer) {
        counters.viewers.incrementAndGet();
        viewer.client.runs.looksAt(run, viewer);
        viewers.attach(viewer);
    }

    /**
     * A connection wants the events after one; if it looks at the run already, it goes on where it is.
     *
     * @return whether it will be told {@code resumed}, and what follows.
     */
    boolean resume(RunViewer viewer, long after) {
        if (viewer.isGone.get()) {
            return false;
        }
        String reason = viewer.isAttached() ? null : reasonNotTo(after);
        if (reason != null) {
            counters.resumeFailures.increment();
            context.meter().resumed(reason);
            viewer.client.runs.left(run, viewer);
            tell(viewer, reason, reason.equals(ResumeMessages.TRIMMED) ? journal.log().firstSeq() : -1);
            return false;
        }
        if (viewer.isAttached() && viewer.isAheadFull()) {
            // It asks again and again and does not read: the answers that wait tell it all there is to tell.
            return false;
        }
        counters.resumes.increment();
        context.meter().resumed("resumed");
        if (!viewer.isAttached()) {
            viewer.restart(after);
            attach(viewer);
        }
        write(writer -> viewer.sendAhead(
                ResumeMessages.resumed(writer, run.requestId(), viewer.cursor(), journal.lastSeq(), !isOver)));
        viewers.signal(viewer);
        return true;
    }

    /** A connection is sent a message, what is put ahead after it, and the events after one. */
    void attachAhead(RunViewer viewer, long after, ByteBuffer message) {
        viewer.restart(after);
        viewer.sendAhead(message);
        attach(viewer);
    }

    /** Sends an event before the next one although the viewer has seen it. */
    void sendAgain(RunViewer viewer, String type, long seq, RunEvents.Body fields) {
        write(writer -> {
            fields.accept(writer.begin(type).string("requestId", run.requestId()).number("seq", seq));
            viewer.sendAhead(writer.end());
        });
    }

    private String reasonNotTo(long after) {
        if (journal.isClosed()) {
            return ResumeMessages.EXPIRED;
        }
        if (after > journal.lastSeq()) {
            return ResumeMessages.EPOCH;
        }
        return after + 1 < journal.log().firstSeq() ? ResumeMessages.TRIMMED : null;
    }

    /** Events up to one are not needed any more by a viewer, or by a connection that is none, then null. */
    void ack(RunViewer viewer, long seq) {
        if (journal.isClosed()) {
            return;
        }
        boolean isViewer = viewer != null && viewer.isAttached();
        if (isViewer) {
            viewer.ack(seq);
        }
        trim(viewers.lowestAck(isViewer ? Long.MAX_VALUE : seq));
    }

    /** Events may have been acknowledged on other nodes: what nobody needs any more goes. */
    void ackedElsewhere() {
        if (!journal.isClosed()) {
            trim(viewers.lowestAck(Long.MAX_VALUE));
        }
    }

    private void trim(long ackedSeq) {
        long acked = Math.min(journal.lastSeq(), ackedSeq);
        journal.trim(isOver ? Math.min(acked, journal.lastSeq() - 1) : acked, 0);
    }

    /** The terminal event has been appended. */
    void over() {
        isOver = true;
        viewers.over();
    }

    /** The run is forgotten: who has not been sent everything is told. */
    void dismiss() {
        viewers.detachUpTo(Long.MAX_VALUE).forEach(viewer -> tell(viewer, ResumeMessages.EXPIRED, -1));
    }

    /** Tells those who are up to date that the run goes on. */
    void sendStatus(String state, long sinceMs) {
        write(writer -> viewers.sendToCurrent(RunEvents.status(writer, run.requestId(), state, sinceMs)));
    }

    /** A viewer was detached because it stood in the way of others. */
    void detached(RunViewer viewer) {
        counters.viewersDetached.increment();
        tell(viewer, ResumeMessages.TRIMMED, journal.log().firstSeq());
    }

    @Override
    public void left(RunViewer viewer) {
        counters.viewers.decrementAndGet();
        viewer.client.runs.left(run, viewer);
    }

    @Override
    public void unsendable(RunViewer viewer) {
        counters.viewersDetached.increment();
        tell(viewer, ResumeMessages.TRIMMED, viewer.cursor() + 1);
    }

    private void tell(RunViewer viewer, String reason, long oldestSeq) {
        viewer.client.reply(writer -> ResumeMessages.failed(writer, run.requestId(), reason, oldestSeq));
    }

    private void write(Consumer<EnvelopeWriter> use) {
        EnvelopeWriter writer = context.writers().borrow();
        try {
            use.accept(writer);
        } finally {
            context.writers().giveBack(writer);
        }
    }
}
