package io.neurolink.protocol.handshake;

import java.util.List;
import java.util.Objects;

/**
 * What is wrong with a head or a handshake, as data. The message never repeats what the peer sent, beyond lengths and short numbers.
 *
 * @param statusCode      HTTP status a server answers with, or {@link #NO_ANSWER} where a client found fault with a server's response
 * @param header          name of the header field concerned, or {@code null} if the fault is not in a header field
 * @param message         one sentence for the person at the other end
 * @param responseHeaders header fields that belong into the answer, for example {@code Sec-WebSocket-Version: 13} with 426
 */
public record HandshakeViolation(int statusCode, String header, String message, List<HttpField> responseHeaders)
    implements ServerHandshake.Outcome, ClientHandshake.Outcome {

    /** The status code of a violation that is not answered, because a client found it. */
    public static final int NO_ANSWER = 0;

    /**
     * Copies the list.
     *
     * @throws NullPointerException if the message or the list is null
     */
    public HandshakeViolation {
        Objects.requireNonNull(message, "message");
        responseHeaders = List.copyOf(responseHeaders);
    }

    static HandshakeViolation of(int statusCode, String header, String message, HttpField... responseHeaders) {
        return new HandshakeViolation(statusCode, header, message, List.of(responseHeaders));
    }

    static HandshakeViolation badRequest(String header, String message) {
        return of(400, header, message);
    }

    HandshakeViolation withoutAnswer() {
        return new HandshakeViolation(NO_ANSWER, header, message, List.of());
    }
}
