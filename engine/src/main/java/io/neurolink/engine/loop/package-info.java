/**
 * The event-loop threads: connections, their reading and writing halves, topics. Only its own loop's thread enters an object of this
 * room; the rest of
 * the world holds a {@link io.neurolink.engine.spi.WebSocketConnection}, whose methods hand over to the loop through
 * {@link io.neurolink.engine.loop.EventLoopProxy}.
 *
 * <pre>
 *   poller ─▶ HttpConnection ──101──▶ LoopConnection ─▶ ReadSide ─▶ FrameDecoder ─▶ Dispatch ─▶ handler
 *                                          │
 *   socket ◀── WriteSide ◀── send ─────────┘      (corked during a read, else queued and flushed once at the end of the cycle)
 * </pre>
 */
package io.neurolink.engine.loop;
