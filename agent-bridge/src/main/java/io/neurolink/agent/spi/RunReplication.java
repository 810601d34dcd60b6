package io.neurolink.agent.spi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Keeps the logs of runs where all nodes of a cluster find them, and carries messages from one node to another. One object belongs to one
 * node and one handler.
 *
 * <p>A log is a sequence of records at growing positions, which need not be consecutive; oldest records may be gone. What a record says is
 * not this interface's business. The one thing that a log must do well is {@link #append}: of several nodes that append after the same
 * record, one succeeds. That decides who owns a run.
 *
 * <p>All methods may be called by any thread and none blocks but {@link #close}. Every stage completes after a while, at the latest
 * exceptionally when the time an implementation gives a request is over, and on whatever thread; what is done then does not block. Without
 * a connection stages fail at once.
 */
public interface RunReplication extends AutoCloseable {
    /** A position before all records: that of a log without any. */
    long NONE = 0;

    /**
     * Names a log.
     *
     * @param userId    whose run it is, or null for an anonymous connection
     * @param requestId identifies the run among those of its user
     * @param instance  tells apart runs of anonymous connections with the same id; empty for those of users
     */
    record Key(String userId, String requestId, String instance) {
    }

    /**
     * A part of a log.
     *
     * @param key      of which log
     * @param position where it stands, more than {@link #NONE}
     * @param bytes    what was appended; not to be changed
     */
    record Stored(Key key, long position, byte[] bytes) {
    }

    /** What a handler does for other nodes. Any thread; must not block. */
    interface Listener {
        /**
         * Another node asks for something.
         *
         * @param message what it sent; not to be changed.
         * @return completes with the answer; with null if there is none to a question to all.
         */
        CompletionStage<byte[]> onRequest(byte[] message);

        /** There is a connection, for the first time or again. */
        void onConnected();
    }

    /** A log is being watched. */
    interface Watch extends AutoCloseable {
        /** Nothing more is told; a call that is under way may still come to its end. */
        @Override
        void close();
    }

    /** The last record of a log is not the one that was expected; nothing was appended. */
    final class Conflict extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates it.
         *
         * @param message text for people.
         */
        public Conflict(String message) {
            super(message, null, false, false);
        }
    }

    /** The node that was asked is not there, as far as the bus can tell at once. */
    final class Unreachable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /**
         * Creates it.
         *
         * @param message text for people.
         */
        public Unreachable(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Begins to connect. Called once, before anything else.
     *
     * @param listener serves what other nodes ask for.
     */
    void start(Listener listener);

    /** {@return name of this node, another one after each start; letters, digits, {@code -} and {@code _}} */
    String nodeId();

    /** {@return the same text on all nodes as long as the logs exist, another one if all logs were lost; null if that is not known yet} */
    String epoch();

    /** {@return whether the logs can be reached, as far as is known} */
    boolean isConnected();

    /**
     * {@return what is wrong though the logs should be reached, such as a permission that is missing, in words for the log; null if nothing
     * is known to be}
     */
    default String fault() {
        return null;
    }

    /** {@return bytes that a record may have, at least 1024} */
    int maxRecordLength();

    /**
     * Appends a record.
     *
     * @param key              which log.
     * @param expectedPosition position of the log's last record, {@link #NONE} if there is none.
     * @param record           its bytes; not changed afterwards.
     * @return the position of the record; fails with {@link Conflict}, or otherwise if it is not known whether it was appended.
     */
    CompletionStage<Long> append(Key key, long expectedPosition, byte[] record);

    /**
     * Finds the first record at a position or after it. What was appended a moment ago may be missing, and after a fault of what keeps the
     * logs for a while also others, or some may be there that are lost.
     *
     * @param key          which log.
     * @param fromPosition the position.
     * @return the record, or null.
     */
    CompletionStage<Stored> next(Key key, long fromPosition);

    /**
     * As {@link #next}, with what decides about {@link #append}: nothing that was appended is missing, and nothing is there that was lost
     * since. For those who read a log anew because it does not fit together; slower, where there is a difference.
     *
     * @param key          which log.
     * @param fromPosition the position.
     * @return the record, or null.
     */
    default CompletionStage<Stored> exactNext(Key key, long fromPosition) {
        return next(key, fromPosition);
    }

    /**
     * Finds the last record. Nothing that was appended is missing.
     *
     * @param key which log.
     * @return the record, or null.
     */
    CompletionStage<Stored> last(Key key);

    /**
     * Finds the log of a run; of several, the one appended to last. Nothing that was appended is missing.
     *
     * @param userId    whose run it is, or null for one of an anonymous connection.
     * @param requestId its id.
     * @return the last record of the log, or null.
     */
    CompletionStage<Stored> find(String userId, String requestId);

    /**
     * {@return whether there is a log of a run with this id, whosever it is}
     *
     * @param requestId id of a run.
     */
    CompletionStage<Boolean> isKnown(String requestId);

    /**
     * Has somebody told when a record may have been appended to a log. It may be told too often and, as an exception, not at all.
     *
     * @param key      which log.
     * @param onChange is called for each change; any thread; does not block.
     * @return ends it.
     */
    Watch watch(Key key, Runnable onChange);

    /**
     * Gives up oldest records, soon, if possible.
     *
     * @param key             which log.
     * @param throughPosition position of the youngest record that may go; {@link Long#MAX_VALUE} = all of them.
     */
    void trim(Key key, long throughPosition);

    /**
     * Asks another node for something.
     *
     * @param nodeId  the node.
     * @param message is given to its listener.
     * @return the answer; fails with {@link Unreachable} or otherwise.
     */
    CompletionStage<byte[]> request(String nodeId, byte[] message);

    /**
     * Asks all other nodes for something that one of them may have.
     *
     * @param message is given to their listeners.
     * @return the first answer; fails with {@link Unreachable} or otherwise if there was none in time.
     */
    default CompletionStage<byte[]> requestAny(byte[] message) {
        return CompletableFuture.failedStage(new Unreachable("there is no way to ask all nodes"));
    }

    /** Ends everything. What was handed to {@link #append} before has a second to get through. */
    @Override
    void close();
}
