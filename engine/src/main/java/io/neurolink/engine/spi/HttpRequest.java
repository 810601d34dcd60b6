package io.neurolink.engine.spi;

import java.net.InetSocketAddress;
import java.util.List;

/** A plain HTTP request, whole with its body. Immutable; names of headers are matched without regard to case. */
public interface HttpRequest {
    /** {@return the method, in upper case} */
    String method();

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
     * Says whether a page of another host sent this: it has an {@code Origin} that does not name the host and port of the request. A route
     * for {@code GET} that changes something, or tells what only the own pages may know, should refuse then; requests of other methods
     * than {@code GET}, {@code HEAD} and {@code OPTIONS} get to no route unless the server's {@code routeOrigins} say so. Browsers send no
     * {@code Origin} with some requests for {@code GET}, images for instance.
     *
     * @return false also without {@code Origin}.
     */
    boolean isCrossOrigin();

    /** {@return the body, empty if there is none; the array belongs to the caller} */
    byte[] body();

    /**
     * {@return address of the client: the socket's other end, or whom a trusted proxy names; its port is 0 if the proxy did not tell it}
     */
    InetSocketAddress remoteAddress();

    /** {@return address of the socket's other end: that of the proxy where one told of the client} */
    default InetSocketAddress peerAddress() {
        return remoteAddress();
    }
}
