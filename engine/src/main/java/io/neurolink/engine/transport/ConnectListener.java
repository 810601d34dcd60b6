package io.neurolink.engine.transport;

import java.io.IOException;

/** Is told once what became of an attempt to connect, on the thread of the event loop. */
public interface ConnectListener {
    /**
     * The peer has taken the connection. With TLS the handshake begins after this call, and the line takes bytes when it is done.
     *
     * @param transport the line; the listener says who owns it before it returns.
     */
    void onConnected(Transport transport);

    /**
     * The peer cannot be reached.
     *
     * @param cause why not.
     */
    void onConnectFailed(IOException cause);
}
