package io.neurolink.engine.spi;

/** Which thread calls a handler. */
public enum HandlerThreading {
    /** A worker thread; a connection sticks to one worker. The default. */
    WORKER,
    /** The event loop itself: the fastest, for handlers that never block. */
    INLINE,
    /** One virtual thread at a time per connection, for handlers that block; needs JDK 21 or later. */
    VIRTUAL
}
