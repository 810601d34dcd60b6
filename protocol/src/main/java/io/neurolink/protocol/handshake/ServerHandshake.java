package io.neurolink.protocol.handshake;

import java.util.List;

/** The server's reading of a client's opening handshake (RFC 6455 section 4.2.1). */
public final class ServerHandshake {
    /** The only version of the protocol that was ever finished. */
    public static final String VERSION = "13";

    /** The most subprotocols in one request. */
    public static final int MAX_SUBPROTOCOLS = 64;

    /** What {@link #validate} finds: an {@link UpgradeOffer} or a {@link HandshakeViolation}. */
    public sealed interface Outcome permits UpgradeOffer, HandshakeViolation {
    }

    private static final HttpField ALLOW = new HttpField("Allow", "GET");
    private static final HttpField UPGRADE = new HttpField("Upgrade", "websocket");
    private static final HttpField SUPPORTED_VERSION = new HttpField("Sec-WebSocket-Version", VERSION);

    private ServerHandshake() {
    }

    /**
     * {@return whether a request tries to open a WebSocket, well or badly} It is enough to bring one of the headers only such a client
     * sends, so that a handshake from which an intermediary took the {@code Upgrade} header is answered with what is missing, not with a
     * web page.
     *
     * @param head the head of the request
     */
    public static boolean isUpgradeRequest(HttpRequestHead head) {
        return head.fields().hasToken("Upgrade", "websocket")
            || head.fields().contains("Sec-WebSocket-Key")
            || head.fields().contains("Sec-WebSocket-Version");
    }

    /**
     * Checks every rule in order and names the first that is broken. That {@code Host} is there, the decoder has made sure of.
     *
     * @param head the head of the request
     * @return the offer, or the first violation
     */
    public static Outcome validate(HttpRequestHead head) {
        HandshakeViolation violation = checkRequest(head);
        if (violation == null) {
            violation = checkUpgrade(head.fields());
        }
        if (violation == null) {
            violation = checkVersion(head.fields());
        }
        final String key = head.header("Sec-WebSocket-Key");
        if (violation == null) {
            violation = checkKey(head.fields(), key);
        }
        return violation == null ? readOffer(head, key) : violation;
    }

    private static HandshakeViolation checkRequest(HttpRequestHead head) {
        if (!head.method().equals("GET")) {
            return HandshakeViolation.of(405, null, "A WebSocket handshake must be a GET request", ALLOW);
        }
        if (!head.isHttp11()) {
            return HandshakeViolation.badRequest(null, "A WebSocket handshake needs HTTP/1.1, got " + head.version());
        }
        if (head.hasBody()) {
            final String header = head.hasTransferEncoding() ? "Transfer-Encoding" : "Content-Length";
            return HandshakeViolation.badRequest(header, "A WebSocket handshake must not have a body");
        }
        return null;
    }

    private static HandshakeViolation checkUpgrade(HttpFields fields) {
        if (!fields.hasToken("Upgrade", "websocket")) {
            return HandshakeViolation.of(426, "Upgrade", fields.contains("Upgrade")
                ? "Upgrade must name websocket"
                : "Upgrade is missing; it must name websocket", UPGRADE, SUPPORTED_VERSION);
        }
        if (!fields.hasToken("Connection", "upgrade")) {
            return HandshakeViolation.badRequest("Connection", fields.contains("Connection")
                ? "Connection must list upgrade"
                : "Connection is missing; it must list upgrade");
        }
        return null;
    }

    private static HandshakeViolation checkVersion(HttpFields fields) {
        if (fields.countOf("Sec-WebSocket-Version") > 1) {
            return HandshakeViolation.badRequest("Sec-WebSocket-Version", "Sec-WebSocket-Version must not be sent more than once");
        }
        final String version = fields.first("Sec-WebSocket-Version");
        if (!VERSION.equals(version)) {
            return HandshakeViolation.of(426, "Sec-WebSocket-Version", version == null
                ? "Sec-WebSocket-Version is missing; it must be 13"
                : "Sec-WebSocket-Version must be 13", UPGRADE, SUPPORTED_VERSION);
        }
        return null;
    }

    private static HandshakeViolation checkKey(HttpFields fields, String key) {
        if (key == null) {
            return HandshakeViolation.badRequest("Sec-WebSocket-Key", "Sec-WebSocket-Key is missing");
        }
        if (fields.countOf("Sec-WebSocket-Key") > 1) {
            return HandshakeViolation.badRequest("Sec-WebSocket-Key", "Sec-WebSocket-Key must not be sent more than once");
        }
        final String fault = AcceptKey.faultOf(key);
        return fault == null ? null
            : HandshakeViolation.badRequest("Sec-WebSocket-Key", "Sec-WebSocket-Key must be 16 bytes in base64, " + fault);
    }

    private static Outcome readOffer(HttpRequestHead head, String key) {
        final List<String> subprotocols = head.headerTokens("Sec-WebSocket-Protocol");
        final String fault = faultOfSubprotocols(head, subprotocols);
        if (fault != null) {
            return HandshakeViolation.badRequest("Sec-WebSocket-Protocol", fault);
        }
        final List<ExtensionOffer> extensions = ExtensionOffer.tryParse(head.headers("Sec-WebSocket-Extensions"));
        if (extensions == null) {
            return HandshakeViolation.badRequest("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions must be a list of at most "
                + ExtensionOffer.MAX_EXTENSIONS + " extensions with their parameters");
        }
        return new UpgradeOffer(key, subprotocols, extensions);
    }

    private static String faultOfSubprotocols(HttpRequestHead head, List<String> subprotocols) {
        if (subprotocols.isEmpty()) {
            return head.fields().contains("Sec-WebSocket-Protocol") ? "Sec-WebSocket-Protocol must not be empty" : null;
        }
        if (subprotocols.size() > MAX_SUBPROTOCOLS) {
            return "Sec-WebSocket-Protocol must not list more than " + MAX_SUBPROTOCOLS + " subprotocols";
        }
        for (int i = 0; i < subprotocols.size(); i++) {
            if (!HttpChars.isToken(subprotocols.get(i))) {
                return "Sec-WebSocket-Protocol must be a list of tokens";
            }
            if (subprotocols.indexOf(subprotocols.get(i)) < i) {
                return "Sec-WebSocket-Protocol must not list a subprotocol twice";
            }
        }
        return null;
    }
}
