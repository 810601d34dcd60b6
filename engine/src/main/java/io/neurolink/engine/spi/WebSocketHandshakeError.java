package io.neurolink.engine.spi;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A server did not open the WebSocket that a client asked for: it answered with another status than 101, or its answer breaks a rule of
 * RFC 6455 section 4.1. Immutable.
 */
public final class WebSocketHandshakeError extends WebSocketError {
    private static final long serialVersionUID = 1L;

    /** Status code of the answer, or 0. */
    private final int status;
    /** Reason phrase of the answer. */
    private final String reason;
    private final transient Map<String, List<String>> headers;
    /** What was kept of the body. */
    private final byte[] body;

    /**
     * Creates the error.
     *
     * @param message what happened.
     * @param status  status code of the answer, 0 if it could not be read.
     * @param reason  reason phrase of the answer, possibly empty.
     * @param headers header fields of the answer by lower-case name.
     * @param body    what was kept of its body; not copied.
     */
    public WebSocketHandshakeError(String message, int status, String reason, Map<String, List<String>> headers, byte[] body) {
        super(message, null);
        this.status = status;
        this.reason = Objects.requireNonNull(reason, "reason");
        this.headers = Map.copyOf(headers);
        this.body = Objects.requireNonNull(body, "body");
    }

    /** {@return status code of the answer, 100 to 599, or 0 if what came was no HTTP answer} */
    public int status() {
        return status;
    }

    /** {@return reason phrase of the answer, possibly empty; what it says is up to the server} */
    public String reason() {
        return reason;
    }

    /**
     * {@return its values in the order they came, possibly none; none either after serialization}
     *
     * @param name name of a header field in lower case, for instance {@code retry-after} or {@code location}.
     */
    public List<String> headers(String name) {
        return headers == null ? List.of() : headers.getOrDefault(name, List.of());
    }

    /** {@return the answer's body, its first 16 KiB at most, read as UTF-8; empty if there was none} */
    public String body() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
