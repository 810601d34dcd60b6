package io.neurolink.protocol;

/**
 * Opcodes of WebSocket frames (RFC 6455, section 5.2). Plain {@code int}s, because they are compared for every frame.
 */
public final class Opcode {
    /** A further piece of the message that an earlier frame began. */
    public static final int CONTINUATION = 0x0;

    /** The first or only frame of a text message, whose payload is UTF-8. */
    public static final int TEXT = 0x1;

    /** The first or only frame of a binary message. */
    public static final int BINARY = 0x2;

    /** Starts or answers the closing handshake (section 5.5.1). */
    public static final int CLOSE = 0x8;

    /** Asks the peer for a {@link #PONG} with the same payload (section 5.5.2). */
    public static final int PING = 0x9;

    /** Answers a {@link #PING}, or comes unasked as a heartbeat (section 5.5.3). */
    public static final int PONG = 0xA;

    private Opcode() {
    }

    /**
     * Says whether an opcode is of a control frame: at most 125 bytes of payload, never fragmented, allowed between the fragments of a
     * message.
     *
     * @param opcode 0 to 15; the reserved opcodes 11 to 15 count as control frames, as section 5.2 says.
     * @return true for 8 to 15.
     */
    public static boolean isControl(int opcode) {
        return (opcode & 0x8) != 0;
    }

    /**
     * Says whether RFC 6455 gives the opcode a meaning.
     *
     * @param opcode 0 to 15.
     * @return true for the six opcodes named here.
     */
    public static boolean isDefined(int opcode) {
        return (opcode & 0x7) <= 2;
    }

    /**
     * Names an opcode for people.
     *
     * @param opcode any number.
     * @return the constant's name in lower case, or {@code reserved(n)}.
     */
    public static String name(int opcode) {
        return switch (opcode) {
            case CONTINUATION -> "continuation";
            case TEXT -> "text";
            case BINARY -> "binary";
            case CLOSE -> "close";
            case PING -> "ping";
            case PONG -> "pong";
            default -> "reserved(" + opcode + ")";
        };
    }
}
