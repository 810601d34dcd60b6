/**
 * Bytes in and out of a socket. A {@link io.neurolink.engine.transport.Transport} belongs to one event loop; nobody else touches it.
 *
 * <pre>
 *   SelectorPoller ──ready──▶ TransportOwner (an HTTP exchange, later a WebSocket connection)
 *        │                          │ read, write, interest
 *        └── PlainTransport ◀───────┤
 *        └── TlsTransport ◀─────────┘
 *               └── TlsStream: an SSLEngine between the owner's buffers and the channel; TlsLoop: what the streams of a loop share
 * </pre>
 */
package io.neurolink.engine.transport;
