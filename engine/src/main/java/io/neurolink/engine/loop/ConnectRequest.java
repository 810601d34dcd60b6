package io.neurolink.engine.loop;

import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.transport.TlsClient;
import io.neurolink.protocol.deflate.DeflateParameters;
import io.neurolink.protocol.handshake.ClientHandshake;

/**
 * A connection that a client wants.
 *
 * @param endpoint  whose connection it will be
 * @param handler   takes its events
 * @param handshake what to ask and how the answer is checked; used once
 * @param deflate   what the compression offered by the handshake was made of; null if none is offered
 * @param path      path asked for, for {@code metadata}
 * @param host      name, or address literal without brackets
 * @param port      1 to 65535
 * @param resolver  finds the host's addresses
 * @param tls       makes the TLS engine; null for a plain connection
 * @param proxy     proxy to go through; null if there is none
 * @param timeoutNs time for everything up to the answer: look-up, TCP, TLS, upgrade
 */
public record ConnectRequest(
        Endpoint endpoint,
        WebSocketHandler handler,
        ClientHandshake handshake,
        DeflateParameters deflate,
        String path,
        String host,
        int port,
        HostResolver resolver,
        TlsClient tls,
        ProxyTunnel proxy,
        long timeoutNs) {
    /** The server, as an error names it. */
    String target() {
        return authority(host, port) + (proxy == null ? "" : " through the proxy " + proxyAddress());
    }

    String proxyAddress() {
        return authority(proxy.host(), proxy.port());
    }

    /** Whose address is looked up. */
    String nextHost() {
        return proxy == null ? host : proxy.host();
    }

    int nextPort() {
        return proxy == null ? port : proxy.port();
    }

    private static String authority(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
