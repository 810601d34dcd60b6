package io.neurolink.engine.loop;

/**
 * Where a WebSocket connection is between its upgrade and its end.
 *
 * <pre>
 *            close() ┌─────────┐ peer's close frame
 *   OPEN ───────────▶│ CLOSING │──────────────┐
 *    │               └─────────┘              ▼
 *    │ peer's close frame, violation     ┌──────────┐ written out (and read to the end)   ┌────────┐
 *    ├──────────────────────────────────▶│ FLUSHING │────────────────────────────────────▶│ CLOSED │
 *    │                                   └──────────┘ or close timeout                    └────────┘
 *    └── end of stream, error, pong timeout ──────────────────────────────────────────────────▲
 * </pre>
 */
enum ConnectionState {
    /** Messages go both ways. */
    OPEN,
    /** Our close frame is queued or sent; the peer's is awaited and its messages are ignored. */
    CLOSING,
    /** Nothing more is expected from the peer; what is queued, a close frame last, is written out. */
    FLUSHING,
    /** The socket is closed. */
    CLOSED
}
