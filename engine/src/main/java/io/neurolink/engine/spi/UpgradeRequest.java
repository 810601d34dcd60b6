package io.neurolink.engine.spi;

import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;

/** The HTTP request that asks for a WebSocket. Immutable; names of headers are matched without regard to case. */
public interface UpgradeRequest {
    /** {@return path of the request target, percent-decoded, without the query} */
    String path();

    /**
     * {@return its first value, decoded, or null if it is absent}
     *
     * @param name name of a query parameter.
     */
    String queryParameter(String name);

    /**
     * {@return its first value, or null if it is absent}
     *
     * @param name name of a header.
     */
    String header(String name);

    /**
     * {@return all its values in the order they came, possibly none}
     *
     * @param name name of a header.
     */
    List<String> headers(String name);

    /**
     * {@return its value, or null if it is absent}
     *
     * @param name name of a cookie.
     */
    String cookie(String name);

    /** {@return the subprotocols the client offers, in its order of preference} */
    List<String> subprotocols();

    /**
     * {@return address of the client: the socket's other end, or whom a trusted proxy names; its port is 0 if the proxy did not tell it}
     */
    InetSocketAddress remoteAddress();

    /** {@return address of the socket's other end: that of the proxy where one told of the client} */
    default InetSocketAddress peerAddress() {
        return remoteAddress();
    }

    /**
     * The certificates with which the client has authenticated itself in the TLS handshake, its own first. They are verified: whoever got
     * as far as an upgrade request has proved to hold the key, and somebody the server trusts has signed them.
     *
     * @return the chain; empty without TLS, and for clients that showed no certificate or were not asked for one.
     */
    default List<X509Certificate> clientCertificates() {
        return List.of();
    }
}
