package io.neurolink.protocol.handshake;

import java.util.Locale;
import java.util.Set;

/**
 * The request target of RFC 9112 section 3.2: origin-form, absolute-form of the four schemes a server here can be meant by, and
 * {@code *} for OPTIONS. Every character is visible ASCII already.
 *
 * @param raw       as it came
 * @param authority of the absolute-form, or {@code null}
 * @param rawPath   without the query, escapes left
 * @param path      escapes decoded
 * @param rawQuery  without the question mark, or {@code null}
 */
record RequestTarget(String raw, HostPort authority, String rawPath, String path, String rawQuery) {
    private static final Set<String> SCHEMES = Set.of("http", "https", "ws", "wss");
    private static final String MASK = "***";

    /** A target, or the violation that refuses it. */
    record Parsed(RequestTarget target, HandshakeViolation violation) {
    }

    static Parsed parse(String raw) {
        if (raw.equals("*")) {
            return new Parsed(new RequestTarget(raw, null, raw, raw, null), null);
        }
        if (raw.charAt(0) == '/') {
            return parseOrigin(raw, null, raw);
        }
        final int schemeEnd = raw.indexOf("://");
        if (schemeEnd < 0 || !SCHEMES.contains(raw.substring(0, schemeEnd).toLowerCase(Locale.ROOT))) {
            return refuse("The request target must be a path, or an absolute http or ws URL");
        }
        final int authorityEnd = endOfAuthority(raw, schemeEnd + 3);
        final HostPort authority = HostPort.parse(raw.substring(schemeEnd + 3, authorityEnd));
        if (authority == null) {
            return refuse("The request target has no valid host");
        }
        final String rest = raw.substring(authorityEnd);
        return parseOrigin(raw, authority, rest.startsWith("/") ? rest : "/" + rest);
    }

    private static int endOfAuthority(String raw, int start) {
        int end = start;
        while (end < raw.length() && raw.charAt(end) != '/' && raw.charAt(end) != '?') {
            end++;
        }
        return end;
    }

    private static Parsed parseOrigin(String raw, HostPort authority, String pathAndQuery) {
        final int question = pathAndQuery.indexOf('?');
        final String rawPath = question < 0 ? pathAndQuery : pathAndQuery.substring(0, question);
        final String rawQuery = question < 0 ? null : pathAndQuery.substring(question + 1);
        final String path = PercentCoding.decode(rawPath, false);
        if (path == null) {
            return refuse("The path is not percent-encoded UTF-8");
        }
        final String fault = faultOfPath(rawPath, path);
        if (fault != null) {
            return refuse(fault);
        }
        final String query = rawQuery == null ? "" : PercentCoding.decode(rawQuery, true);
        if (query == null || query.indexOf('\0') >= 0) {
            return refuse("The query is not percent-encoded UTF-8 without NUL");
        }
        return new Parsed(new RequestTarget(raw, authority, rawPath, path, rawQuery), null);
    }

    /** Two readers must not see two paths: what hides a separator or ends a C string is refused. */
    private static String faultOfPath(String rawPath, String path) {
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) < ' ' || path.charAt(i) == 0x7F) {
                return "The path holds a control character";
            }
        }
        for (int i = rawPath.indexOf('%'); i >= 0; i = rawPath.indexOf('%', i + 1)) {
            final int value = PercentCoding.escapeAt(rawPath, i);
            if (value == '/' || value == '\\') {
                return "The path holds an encoded slash";
            }
        }
        return null;
    }

    private static Parsed refuse(String message) {
        return new Parsed(null, HandshakeViolation.badRequest(null, message));
    }

    /** The decoded value of the first parameter called {@code name}, empty if it has none; {@code null} if there is no such parameter. */
    String queryParameter(String name) {
        int start = 0;
        while (rawQuery != null && start <= rawQuery.length()) {
            final int end = endOfParameter(start);
            final int equals = endOfName(start, end);
            if (name.equals(PercentCoding.decode(rawQuery.substring(start, equals), true))) {
                return equals == end ? "" : PercentCoding.decode(rawQuery.substring(equals + 1, end), true);
            }
            start = end + 1;
        }
        return null;
    }

    String redacted(Set<String> secretParameters) {
        if (rawQuery == null) {
            return raw;
        }
        final StringBuilder out = new StringBuilder(raw.length()).append(raw, 0, raw.length() - rawQuery.length());
        int start = 0;
        while (start <= rawQuery.length()) {
            final int end = endOfParameter(start);
            final int equals = endOfName(start, end);
            if (equals < end && isSecret(PercentCoding.decode(rawQuery.substring(start, equals), true), secretParameters)) {
                out.append(rawQuery, start, equals + 1).append(MASK);
            } else {
                out.append(rawQuery, start, end);
            }
            if (end < rawQuery.length()) {
                out.append('&');
            }
            start = end + 1;
        }
        return out.toString();
    }

    private static boolean isSecret(String name, Set<String> secretParameters) {
        for (String secret : secretParameters) {
            if (HttpChars.equalsIgnoreCase(name, secret)) {
                return true;
            }
        }
        return false;
    }

    private int endOfParameter(int start) {
        final int ampersand = rawQuery.indexOf('&', start);
        return ampersand < 0 ? rawQuery.length() : ampersand;
    }

    private int endOfName(int start, int end) {
        final int equals = rawQuery.indexOf('=', start);
        return equals < 0 || equals > end ? end : equals;
    }
}
