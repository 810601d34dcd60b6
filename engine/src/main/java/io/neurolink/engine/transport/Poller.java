package io.neurolink.engine.transport;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Tells transports' owners what is ready. Used by the thread of its event loop, except {@link #wakeUp()}. */
public interface Poller extends AutoCloseable {
    /**
     * Tells the owners of all transports that are ready now.
     *
     * @return how many were ready.
     * @throws IOException if polling itself fails.
     */
    int poll() throws IOException;

    /**
     * Waits until a transport is ready, {@link #wakeUp()} is called, or the time is over; then as {@link #poll()}.
     *
     * @param timeoutMs milliseconds, at least 1.
     * @param onAwake   called when the waiting is over, once, before any owner is told.
     * @return how many were ready.
     * @throws IOException if polling itself fails.
     */
    int await(long timeoutMs, Runnable onAwake) throws IOException;

    /**
     * Begins to connect to a peer. What becomes of it is told to the listener, possibly before this returns.
     *
     * @param address  where to; resolved.
     * @param tls      makes the engine of a TLS connection; null for a plain one.
     * @param listener is told once.
     * @return gives the attempt up.
     */
    ConnectHandle connect(InetSocketAddress address, TlsClient tls, ConnectListener listener);

    /**
     * Makes a transport that was plain so far what all connections of this poller are: it speaks TLS from now on if they do.
     *
     * @param plain as it was made for an accepted connection.
     * @return what takes its place, or the same; whose connection it is stays as it was told, the owner has to be told anew.
     * @throws IOException if the connection is broken; it is still the caller's to close.
     */
    default Transport secured(Transport plain) throws IOException {
        return plain;
    }

    /**
     * Begins TLS over a connection that was plain so far, as a client: what lies under it, a proxy's tunnel, has been built.
     *
     * @param plain made by {@link #connect} without TLS.
     * @param tls   makes the engine.
     * @return what takes its place, with the same owner. Its first read begins the handshake, and it takes bytes when that is done.
     * @throws IOException if the connection is broken; it is still the caller's to close.
     */
    Transport secured(Transport plain, TlsClient tls) throws IOException;

    /** Ends {@link #await} early, also one that begins after this call. Any thread. */
    void wakeUp();

    /** Closes all transports and listeners. */
    @Override
    void close();
}
