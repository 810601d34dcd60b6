package io.neurolink.agent.protocol;

import io.neurolink.agent.envelope.EnvelopeWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** JSON that people can read: a field a line, but what is short on one line. */
final class PrettyJson {
    private static final int MAX_LENGTH = 120;
    private static final int MAX_BYTES = 16 * 1024 * 1024;

    private PrettyJson() {
    }

    static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, "", out);
        return out.append('\n').toString();
    }

    /** @return the value on one line. */
    static String compact(Object value) {
        return StandardCharsets.UTF_8.decode(new EnvelopeWriter(MAX_BYTES).write(value)).toString();
    }

    private static void write(Object value, String indent, StringBuilder out) {
        boolean isNested = value instanceof Map<?, ?> || value instanceof List<?>;
        String line = compact(value);
        if (!isNested || line.length() < MAX_LENGTH && isFlat(value)) {
            out.append(line);
            return;
        }
        String inner = indent + "    ";
        out.append(value instanceof Map ? "{\n" : "[\n");
        Iterator<?> elements = value instanceof Map<?, ?> map ? map.entrySet().iterator() : ((List<?>) value).iterator();
        while (elements.hasNext()) {
            Object element = elements.next();
            out.append(inner);
            if (element instanceof Map.Entry<?, ?> field) {
                out.append(compact(field.getKey())).append(": ");
                element = field.getValue();
            }
            write(element, inner, out);
            out.append(elements.hasNext() ? ",\n" : "\n");
        }
        out.append(indent).append(value instanceof Map ? '}' : ']');
    }

    private static boolean isFlat(Object value) {
        Collection<?> elements = value instanceof Map<?, ?> map ? map.values() : (List<?>) value;
        return elements.stream().noneMatch(element -> element instanceof Map || element instanceof List);
    }
}
