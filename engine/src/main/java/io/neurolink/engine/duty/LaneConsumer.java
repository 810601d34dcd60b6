package io.neurolink.engine.duty;

/** Receives the messages of a {@link MessageLane}, on the thread that drains it. */
@FunctionalInterface
public interface LaneConsumer {

    /**
     * Takes one message. The bytes are a view that is valid during the call only.
     *
     * <p>A message is delivered once: when this method throws, the message is gone from the lane and the exception reaches the caller of
     * {@link MessageLane#drain}.
     *
     * @param attachment what the producer attached, usually a connection; may be null.
     * @param type       what the producer says it is.
     * @param time       the producer's time stamp.
     * @param bytes      the array that holds the payload.
     * @param offset     where the payload starts.
     * @param length     how many bytes it has, 0 or more.
     * @return false if the message cannot be taken now: it stays in the lane, draining ends, and the next drain starts with it again.
     */
    boolean onMessage(Object attachment, int type, long time, byte[] bytes, int offset, int length);
}
