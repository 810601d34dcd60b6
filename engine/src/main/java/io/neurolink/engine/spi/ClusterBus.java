package io.neurolink.engine.spi;

/**
 * Carries messages between the nodes of a cluster. One object belongs to one node; the server it is given to starts and closes it.
 *
 * <p>What is asked of a bus is little: what one node publishes reaches each node that has subscribed to the subject, as long as the two can
 * reach each other, at most once or more often (the engine drops what it has had before), and in the order of publishing also across
 * subjects. What is published while a bus has no connection need not arrive: the engine keeps it back by itself. Subjects consist of tokens
 * of {@code A-Z a-z 0-9 _ - =} with dots between them, at most 255 characters; an adapter may put a prefix before them.
 *
 * <p>All methods but {@link #start} and {@link #close} are called by one thread of the engine. None blocks.
 */
public interface ClusterBus extends AutoCloseable {
    /** How a bus tells of what happens. Any thread, several at once; none of the methods blocks or throws. */
    interface Listener {
        /**
         * A message has come.
         *
         * @param subject what it was published to.
         * @param message the bytes as published; not to be changed by anybody from now on.
         */
        void onMessage(String subject, byte[] message);

        /** Messages go and come from now on; all subscriptions are in place, those made before the connection included. */
        void onConnected();

        /**
         * There is no connection any more, or the first one did not come about. The bus goes on trying.
         *
         * @param cause why, in words for the log, without a secret.
         */
        void onLost(String cause);

        /**
         * The bus had to drop messages that were on their way to this node.
         *
         * @param count how many.
         */
        void onDropped(long count);

        /**
         * The connection was lost while messages of this node were on their way, and nobody knows whether they have arrived. Called
         * before {@link #onLost}, if at all.
         *
         * @param count how many, at most; those of the cluster itself among them.
         */
        default void onUnconfirmed(long count) {
        }
    }

    /**
     * Begins to connect, and returns at once. Called once.
     *
     * @param nodeId   name of this node, for whoever looks at the bus from outside.
     * @param listener is told of everything.
     */
    void start(String nodeId, Listener listener);

    /**
     * Publishes a message to all who have subscribed; whether this node gets it too does not matter.
     *
     * @param subject the subject.
     * @param message the bytes, at most {@link #maxMessageLength()}; not changed by the caller afterwards.
     * @return {@link SendResult#ACCEPTED}, or {@link SendResult#BACK_PRESSURED} if there is no room or no connection now: the caller keeps
     *         the message and tries again.
     */
    SendResult publish(String subject, byte[] message);

    /**
     * Subscribes, for as long as the bus lives or until {@link #unsubscribe}, across lost connections. Nothing happens if this is a
     * subscription already.
     *
     * @param subject the subject; no wildcards.
     */
    void subscribe(String subject);

    /**
     * Ends a subscription.
     *
     * @param subject the subject.
     */
    void unsubscribe(String subject);

    /** {@return bytes a message may have, at least 1024; larger ones are cut in parts by the engine} May change with the connection. */
    int maxMessageLength();

    /** Ends the connection and every thread of the bus, after what was published has left, for which it waits a second at most. */
    @Override
    void close();
}
