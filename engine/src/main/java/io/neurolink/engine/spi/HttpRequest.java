package io.neurolink.engine.spi;

import java.net.InetSocketAddress;
import java.util.List;

/** A plain HTTP request, whole with its body. Immutable; names of headers are matched without regard to case. */
public interface HttpRequest {
    /** @return the method, in upper case. */
    String method();

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

    /** @return the body, empty if there is none; the array belongs to the caller. */
    byte[] body();

    /** @return address of the client: the socket's other end, or whom a trusted proxy names; its port is 0 if the proxy did not tell it. */
    InetSocketAddress remoteAddress();

    /** @return address of the socket's other end: that of the proxy where one told of the client. */
    default InetSocketAddress peerAddress() {
        return remoteAddress();
    }
}
