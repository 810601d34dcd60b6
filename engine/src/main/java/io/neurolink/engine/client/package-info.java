/**
 * A WebSocket client on the engine's event loops: the same connections, handlers, order, limits and counters as on the server, with the
 * roles of RFC 6455 exchanged. {@link io.neurolink.engine.client.WebSocketClient} is the front door.
 */
package io.neurolink.engine.client;
