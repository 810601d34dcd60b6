package io.neurolink.protocol.proxy;

import java.net.InetSocketAddress;

/**
 * What a proxy says about the connection it has opened.
 *
 * @param version     1 or 2
 * @param source      the client; {@code null} if the proxy does not know, if the client came over a Unix socket, or if the proxy speaks
 *                    for itself ({@code LOCAL}): the socket's own addresses are meant then
 * @param destination where the client connected to; {@code null} together with {@code source}
 */
public record ProxyHeader(int version, InetSocketAddress source, InetSocketAddress destination) {
}
