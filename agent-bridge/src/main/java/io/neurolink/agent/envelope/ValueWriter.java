package io.neurolink.agent.envelope;

import io.neurolink.agent.envelope.EnvelopeException.Kind;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Writes values of any type that has an obvious JSON form. */
final class ValueWriter {
    private static final int MAX_DEPTH = 64;

    private final EnvelopeWriter out;

    ValueWriter(EnvelopeWriter out) {
        this.out = out;
    }

    void write(Object value) {
        write(value, 1);
    }

    private void write(Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw notWritable("a value nested deeper than " + MAX_DEPTH);
        }
        if (value == null || value instanceof CharSequence) {
            out.writeString((CharSequence) value);
        } else if (value instanceof Number number) {
            writeNumber(number);
        } else if (value instanceof Boolean) {
            out.writeAscii(value.toString());
        } else if (value instanceof Map<?, ?> map) {
            writeMap(map, depth);
        } else if (value instanceof Path) {
            // A path is an Iterable of its names, but people mean the whole.
            out.writeString(value.toString());
        } else if (value instanceof Iterable<?> elements) {
            writeElements(elements, depth);
        } else if (value.getClass().isArray()) {
            writeArray(value, depth);
        } else if (value instanceof Record record) {
            writeRecord(record, depth);
        } else if (value instanceof Optional<?> optional) {
            write(optional.orElse(null), depth + 1);
        } else {
            out.writeString(textOf(value));
        }
    }

    private void writeNumber(Number number) {
        if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            out.writeLong(number.longValue());
        } else if (number instanceof BigDecimal || number instanceof BigInteger) {
            out.writeAscii(number.toString());
        } else {
            double value = number.doubleValue();
            boolean isFinite = !Double.isNaN(value) && !Double.isInfinite(value);
            out.writeAscii(!isFinite ? "null" : number instanceof Float ? number.toString() : Double.toString(value));
        }
    }

    private void writeMap(Map<?, ?> map, int depth) {
        char separator = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.put(separator);
            separator = ',';
            out.writeString(String.valueOf(entry.getKey()));
            out.put(':');
            write(entry.getValue(), depth + 1);
        }
        close(separator, '{', '}');
    }

    private void writeElements(Iterable<?> elements, int depth) {
        char separator = '[';
        for (Object element : elements) {
            out.put(separator);
            separator = ',';
            write(element, depth + 1);
        }
        close(separator, '[', ']');
    }

    private void writeArray(Object array, int depth) {
        char separator = '[';
        int count = Array.getLength(array);
        for (int i = 0; i < count; i++) {
            out.put(separator);
            separator = ',';
            write(Array.get(array, i), depth + 1);
        }
        close(separator, '[', ']');
    }

    private void writeRecord(Record record, int depth) {
        char separator = '{';
        for (RecordShape.Component component : RecordShape.of(record.getClass())) {
            out.put(separator);
            separator = ',';
            out.writeString(component.name());
            out.put(':');
            write(read(component, record), depth + 1);
        }
        close(separator, '{', '}');
    }

    private static Object read(RecordShape.Component component, Record record) {
        try {
            return component.accessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw notWritable(record.getClass().getName() + "." + component.name());
        }
    }

    private void close(char separator, char opening, char closing) {
        if (separator == opening) {
            out.put(opening);
        }
        out.put(closing);
    }

    private static String textOf(Object value) {
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof Character || value instanceof TemporalAccessor || value instanceof TemporalAmount || value instanceof UUID
                || value instanceof URI) {
            return value.toString();
        }
        throw notWritable(value.getClass().getName());
    }

    private static EnvelopeException notWritable(String what) {
        return new EnvelopeException(Kind.NOT_WRITABLE, "cannot write as JSON: " + what);
    }
}
