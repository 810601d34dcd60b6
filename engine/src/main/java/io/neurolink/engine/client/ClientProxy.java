package io.neurolink.engine.client;

import io.neurolink.engine.loop.ProxyTunnel;
import io.neurolink.protocol.handshake.HttpField;
import io.neurolink.protocol.handshake.TunnelRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * An HTTP proxy, which is asked for a tunnel with {@code CONNECT} (RFC 9110 section 9.3.6), for {@code ws://} and {@code wss://} alike. It
 * is spoken to without TLS; that of {@code wss://} goes through the tunnel, and the server's certificate is checked as ever. Names of
 * servers are looked up by the proxy. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * WebSocketClient.builder().proxy(ClientProxy.of("proxy.example.org", 3128).basic("user", password))
 * }</pre>
 */
public final class ClientProxy {
    private static final int MAX_PORT = 65_535;
    private static final String AUTHORIZATION = "Proxy-Authorization";

    private final String host;
    private final int port;
    private final List<HttpField> headers;

    private ClientProxy(String host, int port, List<HttpField> headers) {
        this.host = host;
        this.port = port;
        this.headers = headers;
    }

    /**
     * A proxy that wants no credentials.
     *
     * @param host name or address of the proxy; an IPv6 literal with or without brackets.
     * @param port 1 to 65535.
     * @return the proxy.
     * @throws IllegalArgumentException if there is no such port, or the host is empty.
     */
    public static ClientProxy of(String host, int port) {
        if (Objects.requireNonNull(host, "host").isBlank()) {
            throw new IllegalArgumentException("a proxy must have a host");
        }
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("the port of a proxy must be 1 to " + MAX_PORT + ", not " + port);
        }
        boolean isLiteral = host.startsWith("[") && host.endsWith("]");
        return new ClientProxy(isLiteral ? host.substring(1, host.length() - 1) : host, port, List.of());
    }

    /**
     * Sends credentials with the request for the tunnel, at once and not only when they are asked for (RFC 7617). The way to the proxy is
     * not encrypted: whoever can listen there can read them.
     *
     * @param user     name, without a colon.
     * @param password its password.
     * @return a changed copy.
     * @throws IllegalArgumentException if the name holds a colon.
     */
    public ClientProxy basic(String user, String password) {
        if (user.indexOf(':') >= 0) {
            throw new IllegalArgumentException("the user name for a proxy must not hold a colon (RFC 7617 section 2)");
        }
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return header(AUTHORIZATION, "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    /**
     * Adds a header field to the request for the tunnel; the server does not see it.
     *
     * @param name  its name, {@code Proxy-Authorization} for instance, which takes the place of one that was given before.
     * @param value its value.
     * @return a changed copy.
     * @throws IllegalArgumentException if it could not stand in the request.
     */
    public ClientProxy header(String name, String value) {
        Stream<HttpField> kept = headers.stream()
                .filter(field -> !field.name().equalsIgnoreCase(name) || !name.equalsIgnoreCase(AUTHORIZATION));
        ClientProxy changed = new ClientProxy(host, port, Stream.concat(kept, Stream.of(new HttpField(name, value))).toList());
        changed.tunnelTo("example.org:80");
        return changed;
    }

    /** {@return name or address, without brackets} */
    public String host() {
        return host;
    }

    /** {@return its port} */
    public int port() {
        return port;
    }

    ProxyTunnel tunnelTo(String authority) {
        return new ProxyTunnel(host, port, TunnelRequest.encode(authority, headers));
    }

    /** @return where it is, without credentials. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
