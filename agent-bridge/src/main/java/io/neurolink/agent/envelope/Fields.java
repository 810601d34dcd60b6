package io.neurolink.agent.envelope;

import io.neurolink.agent.envelope.EnvelopeException.Kind;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Typed access to the fields of a JSON object. A field that is missing and one that is {@code null} are the same. Every method throws
 * {@link EnvelopeException} of kind {@code INVALID_PAYLOAD}, with the path of the field, where it finds another type than it is asked for.
 */
public final class Fields {
    static final Fields EMPTY_PAYLOAD = new Fields("payload.", Map.of());

    private final String prefix;
    private final Map<String, Object> values;

    Fields(String prefix, Map<String, Object> values) {
        this.prefix = prefix;
        this.values = values;
    }

    /**
     * Fields of an object that was not read from a message.
     *
     * @param path   where it lies, for error texts.
     * @param values the fields.
     * @return the fields.
     */
    public static Fields of(String path, Map<String, Object> values) {
        return new Fields(path.isEmpty() ? "" : path + ".", values);
    }

    /** {@return all fields by name, in the order they came; cannot be modified} */
    public Map<String, Object> asMap() {
        return Collections.unmodifiableMap(values);
    }

    /**
     * {@return its value as it is: Map, List, String, Long, Double, Boolean, or null}
     *
     * @param name name of a field.
     */
    public Object raw(String name) {
        return values.get(name);
    }

    /**
     * {@return its value, or null if it is missing}
     *
     * @param name name of a field.
     */
    public String string(String name) {
        Object value = values.get(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrong(name, "a string");
    }

    /**
     * {@return its value}
     *
     * @param name name of a field that must be there.
     */
    public String requiredString(String name) {
        String value = string(name);
        if (value == null) {
            throw new EnvelopeException(Kind.INVALID_PAYLOAD, prefix + name + " is required");
        }
        return value;
    }

    /**
     * {@return its value, or null if it is missing}
     *
     * @param name name of a field.
     */
    public Double number(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(name, "a number");
    }

    /**
     * {@return its value, or null if it is missing}
     *
     * @param name name of a field.
     * @param min  smallest value allowed.
     * @param max  largest value allowed.
     */
    public Long wholeNumber(String name, long min, long max) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number && number.doubleValue() == number.longValue()
                && number.longValue() >= min && number.longValue() <= max) {
            return number.longValue();
        }
        throw wrong(name, "a whole number from " + min + " to " + max);
    }

    /**
     * {@return its fields, or null if it is missing}
     *
     * @param name name of a field.
     */
    public Fields object(String name) {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Map<?, ?> map) {
            return new Fields(prefix + name + ".", stringKeys(map));
        }
        throw wrong(name, "an object");
    }

    /**
     * {@return its elements, or null if it is missing}
     *
     * @param name name of a field.
     */
    public List<?> list(String name) {
        Object value = values.get(name);
        if (value == null || value instanceof List) {
            return (List<?>) value;
        }
        throw wrong(name, "an array");
    }

    private EnvelopeException wrong(String name, String expected) {
        return new EnvelopeException(Kind.INVALID_PAYLOAD, prefix + name + " must be " + expected);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> stringKeys(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }
}
