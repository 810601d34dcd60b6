package io.neurolink.engine.duty;

/** What the producer of a {@link MessageLane} keeps for itself, away from what the consumer reads. */
final class LaneProducer extends LaneProducerFields {
    @SuppressWarnings("unused")
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15;
}

abstract class LaneProducerFields extends LeftPadding {

    /** The consumer's index when it was last looked at. */
    long consumerIndexSeen;

    /** Bytes of the ring handed out, ever, with the ends skipped for contiguity. */
    long ringPosition;

    /** How far the consumer had freed the ring when it was last looked at. */
    long ringFreedSeen;

    /** Bytes sent outside the ring, ever. */
    long overflowPosition;

    /** How many of them were consumed when it was last looked at. */
    long overflowFreedSeen;

    /** Where an open claim starts, as a ring position; -1 without one. */
    long claimPosition = -1;

    /** How many bytes were claimed. */
    long claimLength;
}
