package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;

/** What a request does when its session has runs going. */
enum Overlap {
    /** It runs beside them. */
    PARALLEL("parallel"),
    /** It waits for them. */
    QUEUE("queue"),
    /** It is refused. */
    REJECT("reject"),
    /** They are cancelled, and it starts when they have ended. */
    REPLACE("replace");

    private final String word;

    Overlap(String word) {
        this.word = word;
    }

    static Overlap of(String word) {
        if (word == null) {
            return PARALLEL;
        }
        for (Overlap overlap : values()) {
            if (overlap.word.equals(word)) {
                return overlap;
            }
        }
        throw new AgentException(ErrorCode.INVALID_PAYLOAD, "payload.overlap must be parallel, queue, reject or replace");
    }
}
