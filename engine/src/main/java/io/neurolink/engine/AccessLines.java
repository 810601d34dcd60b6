package io.neurolink.engine;

import io.neurolink.engine.loop.AccessEntry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;

/**
 * Makes lines of an access log. Whatever peers have chosen, paths and reasons, stays inside its value: control characters and others that
 * are not to be seen become escapes, in both forms those of JSON (RFC 8259 section 7).
 */
final class AccessLines {
    private static final int MAX_VALUE_LENGTH = 2048;
    private static final double NS_PER_MS = 1e6;
    private static final double ROUNDING = 1000;

    private final boolean isJson;
    private final StringBuilder line = new StringBuilder();

    AccessLines(AccessLog.Format format) {
        this.isJson = format == AccessLog.Format.JSON;
    }

    String lineOf(AccessEntry entry) {
        line.setLength(0);
        if (isJson) {
            line.append('{');
        }
        add("time", Instant.ofEpochMilli(entry.timeMs()).toString());
        if (entry instanceof AccessEntry.Request request) {
            addRequest(request);
        } else {
            addEnd((AccessEntry.End) entry);
        }
        if (isJson) {
            line.append('}');
        }
        return line.toString();
    }

    private void addRequest(AccessEntry.Request request) {
        add("event", request.isUpgrade() ? "upgrade" : "request");
        addClient(request);
        add("method", request.method());
        add("path", request.path());
        add("status", request.status());
        add("durationMs", Math.round(request.durationNs() / NS_PER_MS * ROUNDING) / ROUNDING);
        add("bytesIn", request.bytesIn());
        add("bytesOut", request.bytesOut());
        add("connection", request.connectionId());
        add("user", request.userId());
        add("subprotocol", request.subprotocol());
        add("trace", request.traceId());
        add("reason", request.reason());
    }

    private void addEnd(AccessEntry.End end) {
        add("event", "close");
        addClient(end);
        add("path", end.path());
        add("connection", end.connectionId());
        add("user", end.userId());
        add("subprotocol", end.subprotocol());
        add("trace", end.traceId());
        add("durationMs", Math.round(end.durationNs() / NS_PER_MS));
        add("messagesIn", end.traffic().messagesIn());
        add("messagesOut", end.traffic().messagesOut());
        add("bytesIn", end.traffic().bytesIn());
        add("bytesOut", end.traffic().bytesOut());
        add("code", end.code());
        add("reason", end.reason() == null || end.reason().isEmpty() ? null : end.reason());
    }

    /** Without asking anybody for a name. */
    private void addClient(AccessEntry entry) {
        InetSocketAddress client = entry.remoteAddress();
        if (client != null) {
            InetAddress address = client.getAddress();
            add("remote", address == null ? client.getHostString() : address.getHostAddress());
            add("port", client.getPort());
        }
    }

    private void add(String key, Number value) {
        begin(key);
        line.append(value);
    }

    /** What is not known is left out. */
    private void add(String key, String value) {
        if (value == null) {
            return;
        }
        begin(key);
        if (isJson || needsQuotes(value)) {
            line.append('"');
            appendEscaped(value);
            line.append('"');
        } else {
            line.append(value);
        }
    }

    private void begin(String key) {
        boolean isFirst = line.length() == (isJson ? 1 : 0);
        if (isJson) {
            line.append(isFirst ? "\"" : ",\"").append(key).append("\":");
        } else {
            line.append(isFirst ? "" : " ").append(key).append('=');
        }
    }

    private static boolean needsQuotes(String value) {
        return value.isEmpty() || value.length() > MAX_VALUE_LENGTH
                || !value.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\');
    }

    private void appendEscaped(String value) {
        int length = Math.min(value.length(), MAX_VALUE_LENGTH);
        for (int i = 0; i < length;) {
            int c = value.codePointAt(i);
            int next = i + Character.charCount(c);
            if (c == '"' || c == '\\') {
                line.append('\\').appendCodePoint(c);
            } else if (isVisible(c) && next <= length) {
                line.appendCodePoint(c);
            } else {
                for (int unit = i; unit < Math.min(next, length); unit++) {
                    line.append(String.format("\\u%04x", (int) value.charAt(unit)));
                }
            }
            i = next;
        }
        if (length < value.length()) {
            line.append('…');
        }
    }

    /** Not: controls, marks that turn the direction of text, separators of lines, halves of surrogate pairs, what nobody has defined. */
    private static boolean isVisible(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
