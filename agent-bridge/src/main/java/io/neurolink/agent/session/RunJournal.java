package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.spi.RunLog;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The sequencer of a run: gives each event its {@code seq} by appending it to the log, escaped and encoded once for all viewers.
 *
 * <p>A surrogate pair is never cut: a high surrogate at the end of a piece is held back and leads the next one. If something else comes
 * first it will not be completed any more, and becomes a piece of its own. Not safe for use by several threads.
 */
final class RunJournal {
    private final String requestId;
    private final RunLog log;
    private final Recycler<EnvelopeWriter> writers;
    private final RunMemory.Account memory;
    /** 0 if there is none. */
    private char heldHalf;
    private RunLog.Kind heldKind;
    private long besideBytes;
    private boolean isClosed;

    RunJournal(String requestId, RunLog log, Recycler<EnvelopeWriter> writers, RunMemory.Account memory) {
        this.requestId = requestId;
        this.log = log;
        this.writers = writers;
        this.memory = memory;
    }

    RunLog log() {
        return log;
    }

    long lastSeq() {
        return log.lastSeq();
    }

    /**
     * Appends an event that is not a chunk.
     *
     * @throws RuntimeException if it has no JSON form or is too long; then nothing is appended.
     */
    long append(String type, Consumer<EnvelopeWriter> fields) {
        releaseHeldHalf();
        EnvelopeWriter writer = writers.borrow();
        try {
            writer.begin(type).string("requestId", requestId).number("seq", log.lastSeq() + 1);
            fields.accept(writer);
            append(RunLog.Kind.EVENT, writer.end());
        } finally {
            writers.giveBack(writer);
        }
        return log.lastSeq();
    }

    /** Appends a piece of text, which is not empty, or as much of it as is well-formed already. */
    void appendText(RunLog.Kind kind, String text) {
        if (heldHalf != 0 && heldKind != kind) {
            releaseHeldHalf();
        }
        String piece = heldHalf == 0 ? text : heldHalf + text;
        heldHalf = 0;
        int last = piece.length() - 1;
        if (Character.isHighSurrogate(piece.charAt(last))) {
            heldHalf = piece.charAt(last);
            heldKind = kind;
            piece = piece.substring(0, last);
        }
        if (!piece.isEmpty()) {
            appendPiece(kind, piece);
        }
    }

    private void releaseHeldHalf() {
        if (heldHalf != 0) {
            String half = String.valueOf(heldHalf);
            heldHalf = 0;
            appendPiece(heldKind, half);
        }
    }

    private void appendPiece(RunLog.Kind kind, String piece) {
        EnvelopeWriter writer = writers.borrow();
        try {
            append(kind, writer.escape(piece));
        } finally {
            writers.giveBack(writer);
        }
    }

    /** Appends an entry as it stands in a log. */
    void append(RunLog.Kind kind, ByteBuffer bytes) {
        log.append(kind, bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        account();
    }

    /** Gives up oldest events; see {@link RunLog#trim}. */
    void trim(long throughSeq, long memoryTarget) {
        log.trim(throughSeq, memoryTarget);
        account();
    }

    /** Nothing is appended any more. */
    void seal() {
        log.seal();
        account();
    }

    /** Counts memory that the run holds beside its log. */
    void holdsBeside(long bytes) {
        besideBytes = bytes;
        account();
    }

    /** Forgets everything. */
    void close() {
        isClosed = true;
        log.close();
        memory.close();
    }

    boolean isClosed() {
        return isClosed;
    }

    private void account() {
        memory.set(log.memoryBytes() + besideBytes);
    }
}
