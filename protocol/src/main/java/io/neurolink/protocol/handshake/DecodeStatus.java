package io.neurolink.protocol.handshake;

/** Where a {@link RequestDecoder} or {@link ResponseDecoder} stands. */
public enum DecodeStatus {
    /** The head is unfinished: feed more bytes. */
    NEED_INPUT,

    /** The head is there; the bytes after the returned position belong to what follows it. Nothing more is consumed before a reset. */
    COMPLETE,

    /** The bytes break a rule; the stream cannot be trusted any more, so answer and close. Nothing more is consumed before a reset. */
    VIOLATION
}
