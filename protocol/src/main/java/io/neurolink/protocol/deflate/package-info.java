/**
 * Compression of messages: the extension permessage-deflate (RFC 7692) as pure machines, for the server and the client role alike.
 *
 * <p>{@link io.neurolink.protocol.deflate.DeflateNegotiation} agrees on {@link io.neurolink.protocol.deflate.DeflateParameters} in the
 * opening handshake; {@link io.neurolink.protocol.deflate.MessageDeflater} and {@link io.neurolink.protocol.deflate.MessageInflater} turn
 * messages into what stands in frames with RSV1, and back. They hold memory of the native zlib, so whoever makes one must close it.
 * Nothing here owns a socket, starts a thread or reads a clock, and nothing allocates for a message. Every instance belongs to one thread
 * at a time.
 */
package io.neurolink.protocol.deflate;
