package io.neurolink.engine.conformance;

/** The byte of a frame that shows that something is wrong with it, or that it is whole. */
public enum Place {
    /** FIN, reserved bits, opcode. */
    FIRST_BYTE,

    /** Mask bit, length in 7 bits. */
    SECOND_BYTE,

    /** The first byte of a length in 16 or 64 bits. */
    THIRD_BYTE,

    /** The last byte of the length. */
    LENGTH,

    /** A byte of the payload; which one is said beside it. */
    PAYLOAD,

    /** The last byte of the frame. */
    END;

    /** @return how many bytes of the frame must be there. */
    int offset(Sent frame, boolean isPeerMasking, int payloadIndex) {
        return switch (this) {
            case FIRST_BYTE -> 1;
            case SECOND_BYTE -> 2;
            case THIRD_BYTE -> 3;
            case LENGTH -> frame.lengthEnd();
            case PAYLOAD -> frame.payloadStart(isPeerMasking) + payloadIndex + 1;
            case END -> frame.payloadStart(isPeerMasking) + frame.payload().length;
        };
    }
}
