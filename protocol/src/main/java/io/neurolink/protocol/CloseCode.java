package io.neurolink.protocol;

/**
 * Status codes of the closing handshake (RFC 6455, section 7.4, and its IANA registry), with the two of this product's own.
 */
public final class CloseCode {
    /** The purpose of the connection is fulfilled. */
    public static final int NORMAL = 1000;

    /** The endpoint goes away: a server shuts down, a browser leaves the page. */
    public static final int GOING_AWAY = 1001;

    /** The peer broke the protocol. */
    public static final int PROTOCOL_ERROR = 1002;

    /** A type of data that this endpoint cannot accept, such as binary where only text is understood. */
    public static final int UNSUPPORTED_DATA = 1003;

    /** Stands for "the close frame had no code"; never on the wire. */
    public static final int NO_STATUS = 1005;

    /** Stands for "the connection ended without a close frame"; never on the wire. */
    public static final int ABNORMAL = 1006;

    /** Payload that does not fit the message's type, such as text that is not UTF-8. */
    public static final int INVALID_PAYLOAD = 1007;

    /** A message broke the endpoint's policy. */
    public static final int POLICY_VIOLATION = 1008;

    /** A message is too big to process. */
    public static final int MESSAGE_TOO_BIG = 1009;

    /** A client misses an extension it needs; servers refuse the opening handshake instead. */
    public static final int MANDATORY_EXTENSION = 1010;

    /** The endpoint met a condition that keeps it from going on. */
    public static final int INTERNAL_ERROR = 1011;

    /** The service restarts; come back after a while. */
    public static final int SERVICE_RESTART = 1012;

    /** The service is overloaded, or this reader is too slow; try again later. */
    public static final int TRY_AGAIN_LATER = 1013;

    /** A gateway got an invalid answer from the server behind it. */
    public static final int BAD_GATEWAY = 1014;

    /** Stands for "the TLS handshake failed"; never on the wire. */
    public static final int TLS_HANDSHAKE = 1015;

    /** NeuroLink: the connection was not authenticated in time. */
    public static final int AUTH_REQUIRED = 4401;

    /** NeuroLink: the authentication of the connection has run out. */
    public static final int AUTH_EXPIRED = 4403;

    /** IANA's registry: the request lacks valid credentials. */
    public static final int UNAUTHORIZED = 3000;

    /** IANA's registry: the server knows who asks, and refuses. */
    public static final int FORBIDDEN = 3003;

    private static final int FIRST_CLIENT_FAULT = 4400;
    private static final int LAST_CLIENT_FAULT = 4499;
    private static final int TIMEOUT = 4408;
    private static final int TOO_EARLY = 4425;
    private static final int TOO_MANY_REQUESTS = 4429;
    private static final int RESERVED = 1004;
    private static final int FIRST_UNASSIGNED = 1016;
    private static final int FIRST_REGISTERED = 3000;
    private static final int LAST_PRIVATE = 4999;

    private CloseCode() {
    }

    /**
     * Says whether a code may stand in a close frame that arrives (section 7.4).
     *
     * @param code any number.
     * @return true for 1000 to 1003, 1007 to 1014 and 3000 to 4999.
     */
    public static boolean isValidOnWire(int code) {
        if (code >= FIRST_REGISTERED) {
            return code <= LAST_PRIVATE;
        }
        return code >= NORMAL && code < FIRST_UNASSIGNED && !isLocalOnly(code) && code != RESERVED;
    }

    /**
     * Says whether an application may close a connection with a code.
     *
     * @param code any number.
     * @return true for what is {@linkplain #isValidOnWire(int) valid on the wire}, but for {@link #MANDATORY_EXTENSION}, which is of use to
     *         a client only that requires an extension.
     */
    public static boolean isSendable(int code) {
        return code != MANDATORY_EXTENSION && isValidOnWire(code);
    }

    /**
     * Says whether a client may hope that another connection fares better, if it asks for the same as before.
     *
     * <table>
     * <caption>What a client makes of the code it gets</caption>
     * <tr><th>code</th><th>recoverable</th></tr>
     * <tr><td>1000</td><td>no: that was the end</td></tr>
     * <tr><td>1001, 1012</td><td>yes: the server goes away or restarts</td></tr>
     * <tr><td>1002, 1003, 1007, 1009, 1010</td><td>no: what this client sends would be refused again</td></tr>
     * <tr><td>1005, 1006</td><td>yes: no code, or no close frame at all</td></tr>
     * <tr><td>1008</td><td>no: against the server's policy</td></tr>
     * <tr><td>1011, 1013, 1014</td><td>yes: a fault of the server, too much to do, a gateway without its server</td></tr>
     * <tr><td>1015</td><td>no: TLS failed</td></tr>
     * <tr><td>3000, 3003</td><td>no: unauthorized, forbidden (IANA registry)</td></tr>
     * <tr><td>other 3xxx, 3008 for instance</td><td>yes</td></tr>
     * <tr><td>4400 to 4499</td><td>as HTTP's 400 to 499: no, but for 4408 (time-out), 4425 (too early) and 4429 (too many requests). 4401
     * and 4403 of the agent protocol want another credential first</td></tr>
     * <tr><td>other 4xxx</td><td>yes: only the application knows</td></tr>
     * <tr><td>anything else</td><td>no</td></tr>
     * </table>
     *
     * @param code as it is told to {@code onClose}.
     * @return whether to connect again, after a while.
     */
    public static boolean isRecoverable(int code) {
        if (code >= FIRST_CLIENT_FAULT && code <= LAST_CLIENT_FAULT) {
            return code == TIMEOUT || code == TOO_EARLY || code == TOO_MANY_REQUESTS;
        }
        return switch (code) {
            case GOING_AWAY, NO_STATUS, ABNORMAL, INTERNAL_ERROR, SERVICE_RESTART, TRY_AGAIN_LATER, BAD_GATEWAY -> true;
            case UNAUTHORIZED, FORBIDDEN -> false;
            default -> code >= FIRST_REGISTERED && code <= LAST_PRIVATE;
        };
    }

    private static boolean isLocalOnly(int code) {
        return code == NO_STATUS || code == ABNORMAL || code == TLS_HANDSHAKE;
    }
}
