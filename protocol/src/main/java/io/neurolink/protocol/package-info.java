/**
 * WebSocket frames (RFC 6455, sections 5 to 8) as pure machines over bytes, for the server and the client role alike.
 *
 * <p>{@link io.neurolink.protocol.FrameDecoder} is pulled: it takes bytes where the caller's socket put them, unmasks and checks them in
 * place and says what it found. {@link io.neurolink.protocol.FrameEncoder} writes headers and control frames where the caller wants them.
 * Nothing here owns a socket, starts a thread, reads a clock, or allocates for a message. Every instance belongs to one thread at a time.
 */
package io.neurolink.protocol;
