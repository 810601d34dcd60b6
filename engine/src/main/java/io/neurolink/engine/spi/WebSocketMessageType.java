package io.neurolink.engine.spi;

/** The kind of a {@link WebSocketMessage}. Control frames are delivered only where the configuration asks for them. */
public enum WebSocketMessageType {
    /** A complete text message, valid UTF-8 (RFC 6455 section 5.6). */
    TEXT,
    /** A complete binary message (RFC 6455 section 5.6). */
    BINARY,
    /** A ping frame; it has been answered already (RFC 6455 section 5.5.2). */
    PING,
    /** A pong frame (RFC 6455 section 5.5.3). */
    PONG,
    /** A close frame; the closing handshake is under way (RFC 6455 section 5.5.1). */
    CLOSE
}
