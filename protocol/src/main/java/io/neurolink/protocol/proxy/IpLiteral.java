package io.neurolink.protocol.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Reads IP addresses written as digits, strictly and without ever asking a name service: IPv4 as four decimal numbers without leading
 * zeros, IPv6 as in RFC 4291 section 2.2, without a zone. An IPv4-mapped IPv6 address is the IPv4 address.
 */
public final class IpLiteral {
    private static final int MAX_LENGTH = 45;
    private static final int GROUPS = 8;
    private static final int IPV6_BYTES = 16;
    private static final int NONE = -1;

    private IpLiteral() {
    }

    /**
     * {@return the address; {@code null} if the text is none}
     *
     * @param text the text
     */
    public static InetAddress parse(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return null;
        }
        return address(text.indexOf(':') < 0 ? ipv4(text) : ipv6(text));
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An address of 4 or 16 bytes. */
    static InetAddress ofBytes(byte[] bytes) {
        return address(bytes);
    }

    private static byte[] ipv4(String text) {
        final byte[] bytes = new byte[4];
        int at = 0;
        for (int i = 0; i < bytes.length; i++) {
            final int dot = i == bytes.length - 1 ? text.length() : text.indexOf('.', at);
            final int value = dot < 0 ? NONE : decimal(text, at, dot, 255);
            if (value == NONE) {
                return null;
            }
            bytes[i] = (byte) value;
            at = dot + 1;
        }
        return bytes;
    }

    /** A decimal number without leading zeros, or -1. */
    static int decimal(String text, int start, int end, int max) {
        if (end <= start || end - start > 5 || text.charAt(start) == '0' && end - start > 1) {
            return NONE;
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            final char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return NONE;
            }
            value = value * 10 + c - '0';
        }
        return value > max ? NONE : value;
    }

    /**
     * <pre>
     *   groups before the gap   ::   groups after it          the last two may be written as IPv4
     * </pre>
     */
    private static byte[] ipv6(String text) {
        final int gap = text.indexOf("::");
        if (gap < 0) {
            final byte[] all = groups(text);
            return all != null && all.length == IPV6_BYTES ? all : null;
        }
        final String after = text.substring(gap + 2);
        if (after.startsWith(":") || after.contains("::")) {
            return null;
        }
        final byte[] head = groups(text.substring(0, gap));
        final byte[] tail = groups(after);
        if (head == null || tail == null || endsInIpv4(text.substring(0, gap)) || head.length + tail.length > IPV6_BYTES - 2) {
            return null;
        }
        final byte[] bytes = new byte[IPV6_BYTES];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(tail, 0, bytes, IPV6_BYTES - tail.length, tail.length);
        return bytes;
    }

    private static boolean endsInIpv4(String text) {
        return text.indexOf('.') >= 0;
    }

    /** Two bytes for each group; none for the empty text; {@code null} if there is anything else, or too much. */
    private static byte[] groups(String text) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        final String[] parts = text.split(":", GROUPS + 2);
        final byte[] last = endsInIpv4(parts[parts.length - 1]) ? ipv4(parts[parts.length - 1]) : new byte[0];
        final int hexGroups = last == null || last.length == 0 ? parts.length : parts.length - 1;
        if (last == null || hexGroups * 2 + last.length > IPV6_BYTES) {
            return null;
        }
        final byte[] bytes = new byte[hexGroups * 2 + last.length];
        for (int i = 0; i < hexGroups; i++) {
            final int value = hex(parts[i]);
            if (value == NONE) {
                return null;
            }
            bytes[2 * i] = (byte) (value >> 8);
            bytes[2 * i + 1] = (byte) value;
        }
        System.arraycopy(last, 0, bytes, hexGroups * 2, last.length);
        return bytes;
    }

    private static int hex(String text) {
        if (text.isEmpty() || text.length() > 4) {
            return NONE;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            final int digit = c < 128 ? Character.digit(c, 16) : NONE;
            if (digit < 0) {
                return NONE;
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
