package io.neurolink.agent.support;

import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.JsonNodeFactory;
import dev.harrel.jsonschema.SimpleType;
import io.neurolink.agent.envelope.EnvelopeReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The values that {@link EnvelopeReader} gives, as the schema validator wants to see them. */
record JsonValueNode(Object value, String pointer) implements JsonNode {
    /** Wraps such values, and reads JSON text. */
    static final JsonNodeFactory FACTORY = new JsonNodeFactory() {
        @Override
        public JsonNode wrap(Object value) {
            return value instanceof JsonNode node ? node : new JsonValueNode(value, "");
        }

        @Override
        public JsonNode create(String json) {
            return wrap(read(json));
        }
    };

    private static final int MAX_BYTES = 64 * 1024 * 1024;

    /** @return the value of a JSON text: Map, List, String, Long, Double, Boolean, or null. */
    static Object read(String json) {
        return new EnvelopeReader(MAX_BYTES, 128, 10_000_000).readValue(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public String getJsonPointer() {
        return pointer;
    }

    @Override
    public SimpleType getNodeType() {
        if (value == null) {
            return SimpleType.NULL;
        } else if (value instanceof Boolean) {
            return SimpleType.BOOLEAN;
        } else if (value instanceof String) {
            return SimpleType.STRING;
        } else if (value instanceof List) {
            return SimpleType.ARRAY;
        } else if (value instanceof Map) {
            return SimpleType.OBJECT;
        }
        return value instanceof Long || asNumber().stripTrailingZeros().scale() <= 0 ? SimpleType.INTEGER : SimpleType.NUMBER;
    }

    @Override
    public boolean asBoolean() {
        return (Boolean) value;
    }

    @Override
    public String asString() {
        return String.valueOf(value);
    }

    @Override
    public BigInteger asInteger() {
        return asNumber().toBigInteger();
    }

    @Override
    public BigDecimal asNumber() {
        return new BigDecimal(value.toString());
    }

    @Override
    public List<JsonNode> asArray() {
        List<JsonNode> elements = new ArrayList<>();
        for (Object element : (List<?>) value) {
            elements.add(new JsonValueNode(element, pointer + "/" + elements.size()));
        }
        return elements;
    }

    @Override
    public Map<String, JsonNode> asObject() {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        ((Map<?, ?>) value).forEach((name, field) ->
                fields.put((String) name, new JsonValueNode(field, pointer + "/" + JsonNode.encodeJsonPointer((String) name))));
        return fields;
    }
}
