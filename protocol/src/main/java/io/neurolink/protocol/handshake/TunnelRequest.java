package io.neurolink.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a client asks of an HTTP proxy in order to reach a server through it: {@code CONNECT} (RFC 9110 section 9.3.6). */
public final class TunnelRequest {
    private TunnelRequest() {
    }

    /**
     * {@return the bytes of the request}
     *
     * @param authority the server, {@code host:port}; an IPv6 literal in brackets
     * @param headers   further header fields, such as {@code Proxy-Authorization}
     * @throws IllegalArgumentException if the authority is none, or a header field is one that this method or the message's framing decides
     */
    public static byte[] encode(String authority, List<HttpField> headers) {
        final HostPort parsed = HostPort.parse(authority);
        if (parsed == null || parsed.port() < 1) {
            throw new IllegalArgumentException("the target of a tunnel must be a host name or address with a port");
        }
        final StringBuilder out = new StringBuilder(128);
        out.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
        for (HttpField header : headers) {
            if (HttpChars.equalsIgnoreCase(header.name(), "Host")) {
                throw new IllegalArgumentException("header Host is set by the request for a tunnel");
            }
            HandshakeEncoder.append(out, HandshakeEncoder.requireExtra(header));
        }
        return out.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
