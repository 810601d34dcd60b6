package io.neurolink.perf.report;

import java.util.Collection;
import java.util.Map;

/** Writes maps, lists, numbers, strings and truth values as JSON. */
public final class Json {
    private static final String INDENT = "  ";

    private final StringBuilder out = new StringBuilder(4096);
    private boolean isOneLine;

    private Json() {
    }

    /**
     * @param value a map with keys that are strings, a collection, a number, a boolean, null, or anything else for its text.
     * @return the JSON, over several lines.
     */
    public static String of(Object value) {
        Json json = new Json();
        json.write(value, "\n");
        return json.out.append('\n').toString();
    }

    /**
     * @param value as for {@link #of}.
     * @return the JSON in one line, without its end.
     */
    public static String line(Object value) {
        Json json = new Json();
        json.isOneLine = true;
        json.write(value, "");
        return json.out.toString();
    }

    private void write(Object value, String lineEnd) {
        if (value instanceof Map<?, ?> map) {
            writeMap(map, lineEnd);
        } else if (value instanceof Collection<?> collection) {
            writeCollection(collection, lineEnd);
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            writeText(value.toString());
        }
    }

    private void writeMap(Map<?, ?> map, String lineEnd) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator).append(lineEnd).append(isOneLine ? "" : INDENT);
            writeText(entry.getKey().toString());
            out.append(isOneLine ? ":" : ": ");
            write(entry.getValue(), isOneLine ? "" : lineEnd + INDENT);
            separator = ",";
        }
        out.append(map.isEmpty() ? "{}" : lineEnd + "}");
    }

    private void writeCollection(Collection<?> collection, String lineEnd) {
        String separator = "[";
        for (Object element : collection) {
            out.append(separator).append(lineEnd).append(isOneLine ? "" : INDENT);
            write(element, isOneLine ? "" : lineEnd + INDENT);
            separator = ",";
        }
        out.append(collection.isEmpty() ? "[]" : lineEnd + "]");
    }

    private void writeText(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
