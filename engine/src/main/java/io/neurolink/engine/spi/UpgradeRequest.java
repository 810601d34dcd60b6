package io.neurolink.engine.spi;

import java.net.InetSocketAddress;
import java.util.List;

/** The HTTP request that asks for a WebSocket. Immutable; names of headers are matched without regard to case. */
public interface UpgradeRequest {
    /** @return path of the request target, percent-decoded, without the query. */
    String path();

    /**
     * @param name name of a query parameter.
     * @return its first value, decoded, or null if it is absent.
     */
    String queryParameter(String name);

    /**
     * @param name name of a header.
     * @return its first value, or null if it is absent.
     */
    String header(String name);

    /**
     * @param name name of a header.
     * @return all its values in the order they came, possibly none.
     */
    List<String> headers(String name);

    /**
     * @param name name of a cookie.
     * @return its value, or null if it is absent.
     */
    String cookie(String name);

    /** @return the subprotocols the client offers, in its order of preference. */
    List<String> subprotocols();

    /** @return address of the peer. */
    InetSocketAddress remoteAddress();
}
