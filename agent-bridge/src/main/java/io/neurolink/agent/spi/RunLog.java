package io.neurolink.agent.spi;

/**
 * The events of one run, numbered 1, 2, 3 … as they are appended, from which every viewer is served. An entry is either a whole message, as
 * it is sent, or a piece of text: the inside of a JSON string, escaped, in UTF-8. Oldest entries may be given up; those that are kept have
 * no gaps between them.
 *
 * <p>Called by one thread at a time, with what an earlier call did visible; no method blocks. A log that is copied elsewhere does that
 * behind the caller's back.
 */
public interface RunLog {
    /** What an entry is. */
    enum Kind {
        /** A whole message. */
        EVENT,
        /** A piece of the answer. */
        TEXT,
        /** A piece of what the model thinks. */
        REASONING
    }

    /**
     * Appends an entry, with the next number.
     *
     * @param kind   what it is.
     * @param bytes  where its bytes are; they are copied.
     * @param offset where they begin.
     * @param length how many there are, at least 1.
     */
    void append(Kind kind, byte[] bytes, int offset, int length);

    /** {@return number of the oldest entry that is kept; one more than {@link #lastSeq()} if there is none} */
    long firstSeq();

    /** {@return number of the entry that was appended last, 0 if none was} */
    long lastSeq();

    /**
     * {@return what it is}
     *
     * @param seq number of an entry that is kept.
     */
    Kind kind(long seq);

    /**
     * Finds out how much can be sent as one piece.
     *
     * @param seq      number of an entry that is kept.
     * @param maxBytes bytes the entries together may have.
     * @return number of the last entry, {@code seq} or one after it, such that all from {@code seq} on are text of the same kind and have
     *         no more than {@code maxBytes}; {@code seq} itself whatever its kind and length.
     */
    long lastJoinable(long seq, int maxBytes);

    /**
     * {@return their bytes together}
     *
     * @param fromSeq number of the first entry.
     * @param toSeq   number of the last one; all between are kept.
     */
    int length(long fromSeq, long toSeq);

    /**
     * Copies entries, one after the other.
     *
     * @param fromSeq number of the first entry.
     * @param toSeq   number of the last one; all between are kept.
     * @param target  where they are copied to.
     * @param offset  where they begin there.
     */
    void copy(long fromSeq, long toSeq, byte[] target, int offset);

    /**
     * Gives up oldest entries; more of them may be kept than asked for.
     *
     * @param throughSeq   number of the youngest entry that may go.
     * @param memoryTarget no more go once {@link #memoryBytes()} is this or less.
     */
    void trim(long throughSeq, long memoryTarget);

    /** Nothing will be appended any more: memory that was held ready for it may go. */
    void seal();

    /** {@return bytes of memory it takes here} */
    long memoryBytes();

    /** The run is forgotten: the log is not used any more. */
    void close();
}
