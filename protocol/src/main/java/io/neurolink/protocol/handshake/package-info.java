/**
 * HTTP/1.1 heads and the opening handshake of RFC 6455, section 4, for servers and clients.
 *
 * <p>Everything here is a pure machine over bytes: no socket, no thread, no clock, no logger. A decoder is fed whatever bytes came and says
 * whether it needs more, is complete, or found a {@link io.neurolink.protocol.handshake.HandshakeViolation}; nothing a peer sends raises an
 * exception. An instance belongs to whoever owns the connection and is not safe for use by several threads at once; the heads, offers and
 * violations it hands out are immutable.
 *
 * <p>The way of a handshake:
 *
 * <pre>
 *   client                                          server
 *   ClientHandshake.request()  ── request head ──▶  RequestDecoder → HttpRequestHead
 *                                                   ServerHandshake.validate → UpgradeOffer
 *   ResponseDecoder            ◀─ response head ──  HandshakeEncoder.switchingProtocols
 *   ClientHandshake.validate → UpgradeAgreement       (or HttpResponseEncoder for a refusal)
 * </pre>
 */
package io.neurolink.protocol.handshake;
