package io.neurolink.protocol.proxy;

import io.neurolink.protocol.handshake.HttpFields;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Finds the client of a request that came through proxies, by {@code X-Forwarded-For} or {@code Forwarded} (RFC 7239).
 *
 * <pre>
 *   X-Forwarded-For: what the client says,  client,  first proxy            the peer of the socket: second proxy
 *                    ◀── believed only while ──────────────────────────────  the teller is a trusted proxy
 * </pre>
 *
 * Each proxy appends whom it was called by, so the list is read from the right: the first address that is not a trusted proxy is the
 * client, and whatever stands to the left of it is what the client says, which is not even looked at. The time is linear in the bytes.
 */
public final class ForwardedFor {
    private static final String LIST = "X-Forwarded-For";
    private static final String FORWARDED = "Forwarded";
    private static final String FOR = "for";
    private static final int MAX_PORT = 65_535;

    private ForwardedFor() {
    }

    /**
     * Finds the client. What cannot be read as an address ({@code unknown}, an obfuscated identifier, junk) ends the search: the client is
     * then taken to be the proxy that said so.
     *
     * @param peer      the other end of the socket, or what came in its place
     * @param fields    the request's header fields
     * @param isTrusted whose word counts
     * @return the client, with port 0 if nobody named its port; {@code peer} if that is not trusted or says nothing; {@code null} if both
     *     fields were sent and name different clients, of whom one at least is a lie
     */
    public static InetSocketAddress client(InetSocketAddress peer, HttpFields fields, Predicate<InetAddress> isTrusted) {
        if (!isTrusted.test(peer.getAddress())) {
            return peer;
        }
        final boolean hasList = fields.contains(LIST);
        final boolean hasForwarded = fields.contains(FORWARDED);
        final InetSocketAddress byList = hasList ? walk(peer, fields, LIST, isTrusted) : peer;
        final InetSocketAddress byForwarded = hasForwarded ? walk(peer, fields, FORWARDED, isTrusted) : peer;
        if (hasList && hasForwarded && !byList.getAddress().equals(byForwarded.getAddress())) {
            return null;
        }
        return hasForwarded ? byForwarded : byList;
    }

    private static InetSocketAddress walk(InetSocketAddress peer, HttpFields fields, String name, Predicate<InetAddress> isTrusted) {
        InetSocketAddress known = peer;
        for (int i = fields.count() - 1; i >= 0; i--) {
            if (!fields.name(i).equalsIgnoreCase(name)) {
                continue;
            }
            final String line = fields.value(i);
            int end = line.length();
            while (end >= 0) {
                final int comma = lastComma(line, end, name.equals(FORWARDED));
                final String element = line.substring(comma + 1, end);
                final InetSocketAddress next = element.isBlank() ? known : node(element, name);
                if (next == null || !isTrusted.test(next.getAddress())) {
                    return next == null ? known : next;
                }
                known = next;
                end = comma;
            }
        }
        return known;
    }

    /**
     * Where the last element before {@code end} begins. Read from the right, so that a quote which the client left open cannot swallow
     * what a proxy appended.
     */
    private static int lastComma(String line, int end, boolean isQuotable) {
        boolean isQuoted = false;
        for (int i = end - 1; i >= 0; i--) {
            final char c = line.charAt(i);
            if (c == ',' && !isQuoted) {
                return i;
            }
            if (c == '"' && isQuotable && !(isQuoted && isEscaped(line, i))) {
                isQuoted = !isQuoted;
            }
        }
        return -1;
    }

    private static boolean isEscaped(String text, int index) {
        int backslashes = 0;
        while (index - backslashes > 0 && text.charAt(index - backslashes - 1) == '\\') {
            backslashes++;
        }
        return backslashes % 2 == 1;
    }

    private static InetSocketAddress node(String element, String name) {
        final String text = name.equals(FORWARDED) ? forParameter(element) : element.strip();
        return text == null ? null : parseNode(text);
    }

    /** The value of the parameter {@code for}; {@code null} if there is none, or more than one, or the element is broken. */
    private static String forParameter(String element) {
        String found = null;
        int at = 0;
        while (at <= element.length()) {
            final int end = endOfPair(element, at);
            final String pair = element.substring(at, end).strip();
            final int equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).toLowerCase(Locale.ROOT).equals(FOR)) {
                if (found != null) {
                    return null;
                }
                found = unquote(pair.substring(equals + 1));
                if (found == null) {
                    return null;
                }
            }
            at = end + 1;
        }
        return found;
    }

    private static int endOfPair(String element, int start) {
        boolean isQuoted = false;
        for (int i = start; i < element.length(); i++) {
            final char c = element.charAt(i);
            if (c == ';' && !isQuoted) {
                return i;
            }
            if (isQuoted && c == '\\') {
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            }
        }
        return element.length();
    }

    private static String unquote(String value) {
        if (!value.startsWith("\"")) {
            return value;
        }
        if (value.length() < 2 || !value.endsWith("\"")) {
            return null;
        }
        final StringBuilder plain = new StringBuilder(value.length());
        for (int i = 1; i < value.length() - 1; i++) {
            final char c = value.charAt(i);
            plain.append(c == '\\' && i < value.length() - 2 ? value.charAt(++i) : c);
        }
        return plain.toString();
    }

    /** {@code 192.0.2.1}, {@code 192.0.2.1:80}, {@code [2001:db8::1]:80}, and IPv6 without brackets, which has no port then. */
    private static InetSocketAddress parseNode(String text) {
        final int bracket = text.startsWith("[") ? text.indexOf(']') : -1;
        if (bracket >= 0) {
            final InetAddress address = text.substring(1, bracket).indexOf(':') < 0 ? null : IpLiteral.parse(text.substring(1, bracket));
            return at(address, text, bracket + 1);
        }
        final int colon = text.indexOf(':');
        final boolean hasPort = colon >= 0 && text.indexOf(':', colon + 1) < 0;
        final int end = hasPort ? colon : text.length();
        return at(IpLiteral.parse(text.substring(0, end)), text, end);
    }

    private static InetSocketAddress at(InetAddress address, String text, int portStart) {
        if (address == null || portStart < text.length() && text.charAt(portStart) != ':') {
            return null;
        }
        return new InetSocketAddress(address, portStart == text.length() ? 0 : port(text.substring(portStart + 1)));
    }

    /** A port that is hidden or nonsense is no port; the address before it counts. */
    private static int port(String text) {
        return Math.max(0, IpLiteral.decimal(text, 0, text.length(), MAX_PORT));
    }
}
