package io.neurolink.engine.client;

import io.neurolink.protocol.handshake.ClientHandshake;
import io.neurolink.protocol.handshake.HttpField;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What one connection asks for beyond its address. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * ConnectOptions.defaults().subprotocols("chat.v2", "chat.v1").header("Authorization", "Bearer " + token)
 * }</pre>
 */
public final class ConnectOptions {
    private static final ConnectOptions DEFAULTS = new ConnectOptions(List.of(), List.of(), Duration.ofSeconds(10));

    private final List<String> subprotocols;
    private final List<HttpField> headers;
    private final Duration timeout;

    private ConnectOptions(List<String> subprotocols, List<HttpField> headers, Duration timeout) {
        this.subprotocols = subprotocols;
        this.headers = headers;
        this.timeout = timeout;
    }

    /** {@return no subprotocol of its own, no further header, ten seconds} */
    public static ConnectOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Offers subprotocols (RFC 6455 section 1.9) in place of those of the client's configuration. The server chooses one of them or none.
     *
     * @param names in order of preference.
     * @return a changed copy.
     */
    public ConnectOptions subprotocols(String... names) {
        return new ConnectOptions(List.of(names), headers, timeout);
    }

    /**
     * Adds a header field to the request.
     *
     * @param name  its name; none of those that make the upgrade.
     * @param value its value.
     * @return a changed copy.
     * @throws IllegalArgumentException if it could not stand in a request.
     */
    public ConnectOptions header(String name, String value) {
        return new ConnectOptions(subprotocols, Stream.concat(headers.stream(), Stream.of(new HttpField(name, value))).toList(), timeout);
    }

    /**
     * {@return a changed copy}
     *
     * @param value time for everything up to the server's answer: name look-up, TCP, TLS and upgrade; more than zero; default 10 s.
     * @throws IllegalArgumentException if it is not more than zero.
     */
    public ConnectOptions timeout(Duration value) {
        if (Objects.requireNonNull(value, "timeout").isNegative() || value.isZero()) {
            throw new IllegalArgumentException("timeout must be more than zero, not " + value);
        }
        return new ConnectOptions(subprotocols, headers, value);
    }

    Duration timeout() {
        return timeout;
    }

    /** Puts into the request what was asked for. */
    void apply(ClientHandshake.Builder request, List<String> defaultSubprotocols) {
        request.subprotocols((subprotocols.isEmpty() ? defaultSubprotocols : subprotocols).toArray(String[]::new));
        headers.forEach(header -> request.header(header.name(), header.value()));
    }
}
