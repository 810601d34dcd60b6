/**
 * The WebSocket protocol (RFC 6455) and its compression (RFC 7692) for both roles as pure machines over bytes: no socket, no thread, no
 * clock, no logger.
 */
module io.neurolink.protocol {
    exports io.neurolink.protocol;
    exports io.neurolink.protocol.deflate;
    exports io.neurolink.protocol.handshake;
    exports io.neurolink.protocol.proxy;
}
