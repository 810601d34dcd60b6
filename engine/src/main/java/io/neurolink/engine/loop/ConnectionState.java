package io.neurolink.engine.loop;

/**
 * Where a WebSocket connection is between its upgrade and its end.
 *
 * <pre>
 *            close() ┌─────────┐ peer's close frame
 *   OPEN ───────────▶│ CLOSING │──────────────┐
 *    │               └─────────┘              ▼
 *    │ peer's close  ┌──────────┐ handled  ┌──────────┐ written out (and read to the end)   ┌────────┐
 *    ├──────────────▶│ SETTLING │─────────▶│ FLUSHING │────────────────────────────────────▶│ CLOSED │
 *    │ or violation  └──────────┘          └──────────┘ or close timeout                    └────────┘
 *    └── end of stream, error, pong timeout ──────────────────────────────────────────────────▲
 * </pre>
 */
enum ConnectionState {
    /** Messages go both ways. */
    OPEN,
    /** Our close frame is queued or sent; the peer's is awaited and its messages are ignored. */
    CLOSING,
    /**
     * The peer has said its last. What came before is with the handler, whose answers are still sent; the close frame follows them.
     */
    SETTLING,
    /** Nothing more is expected from the peer; what is queued, a close frame last, is written out. */
    FLUSHING,
    /** The socket is closed. */
    CLOSED
}
