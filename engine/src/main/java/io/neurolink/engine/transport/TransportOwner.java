package io.neurolink.engine.transport;

/** Is told by the poller that its transport is ready, on the thread of the event loop. What is thrown ends that transport only. */
public interface TransportOwner {
    /** Bytes, or the end of the stream, or an error, can be read. */
    void onReadable();

    /** The line takes bytes again. */
    void onWritable();

    /**
     * One of the two above threw.
     *
     * @param error what was thrown.
     */
    void onTransportError(Throwable error);
}
