package io.neurolink.protocol.handshake;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * One opening handshake of a client (RFC 6455 sections 4.1 and 4.2.2): the request to send, and the check of what comes back. Immutable;
 * use a new one for every connection, since its key must not be used twice.
 */
public final class ClientHandshake {
    /** What {@link #validate} finds: an {@link UpgradeAgreement} or a {@link HandshakeViolation}. */
    public sealed interface Outcome permits UpgradeAgreement, HandshakeViolation {
    }

    private final String key;
    private final Set<String> subprotocols;
    private final List<ExtensionOffer> extensions;
    private final byte[] request;

    private ClientHandshake(Builder builder, String key) {
        this.key = key;
        this.subprotocols = Set.copyOf(builder.subprotocols);
        this.extensions = List.copyOf(builder.extensions);
        this.request = builder.encode(key);
    }

    /**
     * Starts a handshake.
     *
     * @param host   value of the {@code Host} header: name or address, with a port unless it is the scheme's default
     * @param target path and query, escapes encoded, starting with a slash
     * @return this
     * @throws IllegalArgumentException if one of them could not stand in a request
     */
    public static Builder builder(String host, String target) {
        return new Builder(host, target);
    }

    /** What to send. Not thread-safe. */
    public static final class Builder {
        private final String host;
        private final String target;
        private final Set<String> subprotocols = new LinkedHashSet<>();
        private final List<ExtensionOffer> extensions = new ArrayList<>();
        private final List<HttpField> headers = new ArrayList<>();

        private Builder(String host, String target) {
            this.host = Objects.requireNonNull(host, "host");
            this.target = Objects.requireNonNull(target, "target");
            if (HostPort.parse(host) == null) {
                throw new IllegalArgumentException("host must be a host name or address with an optional port");
            }
            if (!isTarget(target)) {
                throw new IllegalArgumentException("target must start with a slash and hold visible ASCII characters other than #");
            }
        }

        private static boolean isTarget(String target) {
            for (int i = 0; i < target.length(); i++) {
                if (!HttpChars.isVisible(target.charAt(i)) || target.charAt(i) == '#') {
                    return false;
                }
            }
            return target.startsWith("/");
        }

        /**
         * Offers subprotocols.
         *
         * @param names the subprotocols in order of preference
         * @return this
         * @throws IllegalArgumentException if a name is no token, or was given before (RFC 6455 section 4.1)
         */
        public Builder subprotocols(String... names) {
            for (String name : names) {
                if (!HttpChars.isToken(name) || !subprotocols.add(name)) {
                    throw new IllegalArgumentException("subprotocols must be tokens, each given once");
                }
            }
            return this;
        }

        /**
         * Offers one more extension.
         *
         * @param extension the extension with its parameters
         * @return this
         */
        public Builder extension(ExtensionOffer extension) {
            extensions.add(Objects.requireNonNull(extension, "extension"));
            return this;
        }

        /**
         * Sets the {@code Origin} header, which browsers send.
         *
         * @param origin value of the header
         * @return this
         */
        public Builder origin(String origin) {
            return header("Origin", origin);
        }

        /**
         * Adds one more header field.
         *
         * @param name  name of the field
         * @param value value of the field
         * @return this
         * @throws IllegalArgumentException if the header is one the handshake writes, or could not stand in a request
         */
        public Builder header(String name, String value) {
            final HttpField field = HandshakeEncoder.requireExtra(new HttpField(name, value));
            if (HttpChars.equalsIgnoreCase(name, "Host")) {
                throw new IllegalArgumentException("header Host is set by the handshake");
            }
            headers.add(field);
            return this;
        }

        /**
         * {@return the handshake, with a key of its own}
         *
         * @param random source of the key's 16 bytes; must not be guessable where the connection is not TLS (RFC 6455 section 10.3)
         */
        public ClientHandshake build(RandomGenerator random) {
            final byte[] nonce = new byte[AcceptKey.NONCE_LENGTH];
            random.nextBytes(nonce);
            return new ClientHandshake(this, Base64.getEncoder().encodeToString(nonce));
        }

        private byte[] encode(String key) {
            final StringBuilder out = new StringBuilder(256);
            out.append("GET ").append(target).append(" HTTP/1.1\r\nHost: ").append(host)
                .append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ").append(key)
                .append("\r\nSec-WebSocket-Version: ").append(ServerHandshake.VERSION).append("\r\n");
            if (!subprotocols.isEmpty()) {
                HandshakeEncoder.append(out, new HttpField("Sec-WebSocket-Protocol", String.join(", ", subprotocols)));
            }
            if (!extensions.isEmpty()) {
                HandshakeEncoder.append(out, new HttpField("Sec-WebSocket-Extensions", ExtensionOffer.format(extensions)));
            }
            for (HttpField header : headers) {
                HandshakeEncoder.append(out, header);
            }
            return out.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /** {@return the bytes to send; a copy} */
    public byte[] request() {
        return request.clone();
    }

    /** {@return the {@code Sec-WebSocket-Key} of the request} */
    public String key() {
        return key;
    }

    /**
     * Checks the response to {@link #request()}; interim responses ({@link HttpResponseHead#isInterim}) must have been skipped.
     *
     * @param response the response
     * @return what was agreed, or what is wrong
     */
    public Outcome validate(HttpResponseHead response) {
        if (response.statusCode() != 101) {
            return fault(null, "The server answered " + response.statusCode() + " instead of 101");
        }
        if (!response.isHttp11()) {
            return fault(null, "The server answered with HTTP/1.0");
        }
        final List<String> upgrades = response.headers("Upgrade");
        if (upgrades.size() != 1 || !HttpChars.equalsIgnoreCase(upgrades.get(0), "websocket")) {
            return fault("Upgrade", "Upgrade must be websocket");
        }
        if (!response.fields().hasToken("Connection", "upgrade")) {
            return fault("Connection", "Connection must list upgrade");
        }
        final List<String> accepts = response.headers("Sec-WebSocket-Accept");
        if (accepts.size() != 1 || !accepts.get(0).equals(AcceptKey.compute(key))) {
            return fault("Sec-WebSocket-Accept", accepts.isEmpty()
                ? "Sec-WebSocket-Accept is missing"
                : "Sec-WebSocket-Accept does not answer the key that was sent");
        }
        return readAgreement(response);
    }

    private Outcome readAgreement(HttpResponseHead response) {
        final List<String> chosen = response.headers("Sec-WebSocket-Protocol");
        if (chosen.size() > 1 || chosen.size() == 1 && !subprotocols.contains(chosen.get(0))) {
            return fault("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol must be one of the subprotocols that were offered");
        }
        final List<ExtensionOffer> agreed = ExtensionOffer.tryParse(response.headers("Sec-WebSocket-Extensions"));
        if (agreed == null) {
            return fault("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions must be a list of extensions with their parameters");
        }
        if (!areOffered(agreed)) {
            return fault("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions must list extensions that were offered, each once");
        }
        return new UpgradeAgreement(chosen.isEmpty() ? null : chosen.get(0), agreed);
    }

    private boolean areOffered(List<ExtensionOffer> agreed) {
        for (int i = 0; i < agreed.size(); i++) {
            final String name = agreed.get(i).name();
            final boolean isRepeated = agreed.subList(0, i).stream().anyMatch(other -> other.name().equals(name));
            if (isRepeated || extensions.stream().noneMatch(offer -> offer.name().equals(name))) {
                return false;
            }
        }
        return true;
    }

    private static HandshakeViolation fault(String header, String message) {
        return HandshakeViolation.of(HandshakeViolation.NO_ANSWER, header, message);
    }
}
