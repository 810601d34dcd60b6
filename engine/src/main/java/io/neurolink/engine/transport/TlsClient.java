package io.neurolink.engine.transport;

import javax.net.ssl.SSLEngine;

/** Makes the engine for the client's end of one TLS connection; it knows the name of the host and what is asked of its certificate. */
@FunctionalInterface
public interface TlsClient {
    /** @return a new engine in client mode. */
    SSLEngine newEngine();
}
