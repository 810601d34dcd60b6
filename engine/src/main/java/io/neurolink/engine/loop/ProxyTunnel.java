package io.neurolink.engine.loop;

/**
 * An HTTP proxy through which a server is reached.
 *
 * @param host    its name, or address literal without brackets
 * @param port    1 to 65535
 * @param request asks it for a tunnel to the server
 */
public record ProxyTunnel(String host, int port, byte[] request) {
}
