package io.neurolink.perf.rig;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a server listens.
 *
 * @param url        as it was given
 * @param address    the resolved address
 * @param hostHeader what stands in the request's {@code Host}
 * @param resource   path and query
 * @param isTls      whether the scheme is {@code wss}
 */
record Target(String url, InetSocketAddress address, String hostHeader, String resource, boolean isTls) {
    private static final int PORT_PLAIN = 80;
    private static final int PORT_TLS = 443;

    /** @throws IllegalArgumentException if it is no {@code ws} or {@code wss} URL of a known host; the message says what is wrong. */
    static Target parse(String url) {
        URI uri = uri(url);
        boolean isTls = "wss".equals(uri.getScheme());
        if (!isTls && !"ws".equals(uri.getScheme()) || uri.getHost() == null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("must be as ws://host:port/path or wss://host:port/path, not '" + url + "'");
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : isTls ? PORT_TLS : PORT_PLAIN;
        if (port == 0 || port > 0xFFFF) {
            throw new IllegalArgumentException("must have a port from 1 to 65535, not " + port);
        }
        InetSocketAddress address = new InetSocketAddress(uri.getHost(), port);
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("the host '" + uri.getHost() + "' is not known");
        }
        return new Target(url, address, uri.getHost() + ":" + port, resource(uri), isTls);
    }

    private static URI uri(String url) {
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is no URL: " + e.getMessage(), e);
        }
    }

    private static String resource(URI uri) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    /** Whether the server is on this machine, so that its process can be looked at. */
    boolean isLoopback() {
        return address.getAddress().isLoopbackAddress();
    }
}
