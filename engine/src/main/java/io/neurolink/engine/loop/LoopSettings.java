package io.neurolink.engine.loop;

import io.neurolink.protocol.handshake.HttpLimits;

/**
 * What a loop has to know of the server's configuration.
 *
 * @param receiveBufferLength bytes read from a socket at once
 * @param corkLength          bytes gathered for one write
 * @param httpLimits          limits of request heads
 * @param maxRequestBody      bytes of a plain HTTP request's body
 * @param handshakeTimeoutNs  time for a request to come in whole, head and body
 * @param keepAliveTimeoutNs  time a plain HTTP connection may rest between requests
 */
public record LoopSettings(
        int receiveBufferLength,
        int corkLength,
        HttpLimits httpLimits,
        int maxRequestBody,
        long handshakeTimeoutNs,
        long keepAliveTimeoutNs) {
}
