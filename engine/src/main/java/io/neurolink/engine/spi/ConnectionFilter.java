package io.neurolink.engine.spi;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Says in a form that can travel which connections a broadcast is for. In a cluster it is evaluated on every node, where the connections
 * are; any other {@link Predicate} is code, which stays on its node. Immutable; evaluated on event loops, without blocking.
 *
 * <pre>{@code
 * manager.broadcast(text, ConnectionFilter.path("/chat").and(ConnectionFilter.role("admin")));
 * }</pre>
 */
public final class ConnectionFilter implements Predicate<WebSocketConnection> {
    /** Filters that one may consist of, itself included. */
    public static final int MAX_PARTS = 256;

    /** Characters that a name or a value may have. */
    public static final int MAX_LENGTH = 4096;

    private enum Kind { USER, ROLE, PERMISSION, PATH, METADATA, NOT, AND, OR }

    private static final Kind[] KINDS = Kind.values();

    private final Kind kind;
    private final String name;
    private final String value;
    private final List<ConnectionFilter> parts;
    private final int size;

    private ConnectionFilter(Kind kind, String name, String value, ConnectionFilter... parts) {
        this.kind = kind;
        this.name = requireLength(name);
        this.value = requireLength(value);
        this.parts = List.of(parts);
        this.size = 1 + this.parts.stream().mapToInt(part -> part.size).sum();
        if (size > MAX_PARTS) {
            throw new IllegalArgumentException("a ConnectionFilter may consist of " + MAX_PARTS + " filters at most, not of " + size);
        }
    }

    private static String requireLength(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a name or value of " + text.length() + " characters is too long for a ConnectionFilter: "
                    + MAX_LENGTH + " are allowed");
        }
        return text;
    }

    /**
     * {@return the connections of that user}
     *
     * @param userId id of a user.
     */
    public static ConnectionFilter user(String userId) {
        return new ConnectionFilter(Kind.USER, "", userId);
    }

    /**
     * {@return the connections whose user has that role}
     *
     * @param role a role.
     */
    public static ConnectionFilter role(String role) {
        return new ConnectionFilter(Kind.ROLE, "", role);
    }

    /**
     * {@return the connections whose user has that permission}
     *
     * @param permission a permission.
     */
    public static ConnectionFilter permission(String permission) {
        return new ConnectionFilter(Kind.PERMISSION, "", permission);
    }

    /**
     * {@return the connections of that path}
     *
     * @param path path of upgrade requests.
     */
    public static ConnectionFilter path(String path) {
        return new ConnectionFilter(Kind.PATH, "", path);
    }

    /**
     * {@return the connections whose metadata hold that value}
     *
     * @param key   a key of {@link WebSocketConnection#metadata()}.
     * @param value what {@code toString} of the value there must be.
     */
    public static ConnectionFilter metadata(String key, String value) {
        return new ConnectionFilter(Kind.METADATA, key, value);
    }

    /**
     * {@return the connections that both want}
     *
     * @param other another filter.
     */
    public ConnectionFilter and(ConnectionFilter other) {
        return new ConnectionFilter(Kind.AND, "", "", this, other);
    }

    /**
     * {@return the connections that one of them wants}
     *
     * @param other another filter.
     */
    public ConnectionFilter or(ConnectionFilter other) {
        return new ConnectionFilter(Kind.OR, "", "", this, other);
    }

    /** @return the connections that this one does not want. */
    @Override
    public ConnectionFilter negate() {
        return new ConnectionFilter(Kind.NOT, "", "", this);
    }

    @Override
    public boolean test(WebSocketConnection connection) {
        AuthenticatedUser user = connection.user();
        return switch (kind) {
            case USER -> user != null && user.id().equals(value);
            case ROLE -> user != null && user.roles().contains(value);
            case PERMISSION -> user != null && user.permissions().contains(value);
            case PATH -> connection.path().equals(value);
            case METADATA -> {
                Object present = connection.metadata().get(name);
                yield present != null && present.toString().equals(value);
            }
            case NOT -> !parts.get(0).test(connection);
            case AND -> parts.get(0).test(connection) && parts.get(1).test(connection);
            case OR -> parts.get(0).test(connection) || parts.get(1).test(connection);
        };
    }

    // ------------------------------------------------------------------ travelling

    /** {@return the form in which it travels; see {@link #decode}} */
    public byte[] encode() {
        var bytes = new ByteArrayOutputStream();
        try {
            writeTo(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void writeTo(DataOutputStream out) throws IOException {
        out.writeByte(kind.ordinal());
        switch (kind) {
            case NOT, AND, OR -> {
                for (ConnectionFilter part : parts) {
                    part.writeTo(out);
                }
            }
            case METADATA -> {
                out.writeUTF(name);
                out.writeUTF(value);
            }
            default -> out.writeUTF(value);
        }
    }

    /**
     * {@return an equal filter}
     *
     * @param bytes what {@link #encode} made.
     * @throws IllegalArgumentException if the bytes are nothing of the kind.
     */
    public static ConnectionFilter decode(byte[] bytes) {
        try {
            var in = new DataInputStream(new ByteArrayInputStream(bytes));
            ConnectionFilter filter = readFrom(in, MAX_PARTS);
            if (in.read() >= 0) {
                throw new IllegalArgumentException("bytes behind a ConnectionFilter");
            }
            return filter;
        } catch (IOException e) {
            throw new IllegalArgumentException("no ConnectionFilter", e);
        }
    }

    private static ConnectionFilter readFrom(DataInputStream in, int room) throws IOException {
        int ordinal = in.readUnsignedByte();
        if (ordinal >= KINDS.length || room < 1) {
            throw new IllegalArgumentException("no ConnectionFilter");
        }
        Kind kind = KINDS[ordinal];
        switch (kind) {
            case NOT -> {
                return readFrom(in, room - 1).negate();
            }
            case AND, OR -> {
                ConnectionFilter first = readFrom(in, room - 1);
                return new ConnectionFilter(kind, "", "", first, readFrom(in, room - 1 - first.size));
            }
            case METADATA -> {
                return metadata(in.readUTF(), in.readUTF());
            }
            default -> {
                return new ConnectionFilter(kind, "", in.readUTF());
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConnectionFilter filter && kind == filter.kind && name.equals(filter.name) && value.equals(filter.value)
                && parts.equals(filter.parts);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, name, value, parts);
    }

    /** @return the filter as an expression. */
    @Override
    public String toString() {
        return switch (kind) {
            case NOT -> "not(" + parts.get(0) + ")";
            case AND -> "(" + parts.get(0) + " and " + parts.get(1) + ")";
            case OR -> "(" + parts.get(0) + " or " + parts.get(1) + ")";
            case METADATA -> "metadata[" + name + "]=" + value;
            default -> kind.name().toLowerCase(java.util.Locale.ROOT) + "=" + value;
        };
    }
}
