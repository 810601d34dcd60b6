package io.neurolink.perf.rig;

/** What the connections of a {@link Client} are used for. All methods are called on the client's one thread. */
interface Workload {
    /** A connection is upgraded. */
    void onOpen(Link link, long nowNs);

    /**
     * Messages are about to be handed to the socket for the first time.
     *
     * @param first number of the first of them.
     * @param end   number after the last.
     */
    void onWriting(Link link, long first, long end, long nowNs);

    /** A message has come in, and every byte of it was right. */
    void onMessage(Link link, long sequence, long nowNs);

    /** Everything that was read of a connection is worked off: the time to {@link Link#flush()} what that has caused. */
    void onReadEnd(Link link);

    /** A connection ended in order after a close frame was sent. */
    default void onClosed(Link link, long nowNs) {
    }

    /**
     * Once a turn.
     *
     * @return whether there was anything to do.
     */
    boolean doWork(long nowNs);
}
