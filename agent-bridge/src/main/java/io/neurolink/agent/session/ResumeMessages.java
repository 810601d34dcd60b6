package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import java.nio.ByteBuffer;

/** Writes the answers to {@code resume}. */
final class ResumeMessages {
    /** Nobody here knows the run. */
    static final String UNKNOWN = "unknown";
    /** The run was known, and is forgotten. */
    static final String EXPIRED = "expired";
    /** Events that are missing were given up. */
    static final String TRIMMED = "trimmed";
    /** The cursor is that of another server, or of this one before it started anew. */
    static final String EPOCH = "epoch";
    /** The run belongs to somebody else. */
    static final String FORBIDDEN = "forbidden";

    private ResumeMessages() {
    }

    /**
     * @param after  the events after this one follow.
     * @param to     the last one that there is.
     * @param isLive whether the run goes on.
     */
    static ByteBuffer resumed(EnvelopeWriter writer, String requestId, long after, long to, boolean isLive) {
        return writer.begin("resumed").string("requestId", requestId).number("after", after).number("to", to).bool("live", isLive).end();
    }

    /**
     * @param oldestSeq the oldest event that is kept, or -1 where that does not matter.
     */
    static ByteBuffer failed(EnvelopeWriter writer, String requestId, String reason, long oldestSeq) {
        writer.begin("resume_failed").string("requestId", requestId).string("reason", reason);
        if (oldestSeq >= 0) {
            writer.number("oldestSeq", oldestSeq);
        }
        return writer.end();
    }
}
