package io.neurolink.agent.protocol;

import io.neurolink.agent.support.ProtocolSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The schema files as the generators read them: references are followed, named parts are found. */
final class Schemas {
    static final Map<String, Object> COMMON = ProtocolSchema.object(ProtocolSchema.load("common").get("$defs"));

    private Schemas() {
    }

    /** @return what a schema is after its reference is followed; what stands beside the reference counts more. */
    static Map<String, Object> resolved(Map<String, Object> schema) {
        if (!(schema.get("$ref") instanceof String reference)) {
            return schema;
        }
        Map<String, Object> merged = new LinkedHashMap<>(target(reference));
        schema.forEach((keyword, value) -> {
            if (!keyword.equals("$ref")) {
                merged.put(keyword, value);
            }
        });
        return merged;
    }

    private static Map<String, Object> target(String reference) {
        String name = reference.substring(reference.lastIndexOf('/') + 1);
        if (reference.startsWith("common.schema.json#/$defs/")) {
            return ProtocolSchema.object(COMMON.get(name));
        }
        return ProtocolSchema.object(ProtocolSchema.CLIENT.definitions().get(name));
    }

    /** @return the fields of an object by name, none where the schema does not tell. */
    static Map<String, Object> properties(Map<String, Object> schema) {
        return schema.containsKey("properties") ? ProtocolSchema.object(schema.get("properties")) : Map.of();
    }

    static boolean isRequired(Map<String, Object> schema, String field) {
        return schema.get("required") instanceof List<?> names && names.contains(field);
    }

    /** @return every part that has a name of its own and is no message, innermost first. */
    static Map<String, Map<String, Object>> named() {
        Map<String, Map<String, Object>> found = new LinkedHashMap<>();
        COMMON.values().forEach(schema -> collect(ProtocolSchema.object(schema), found));
        ProtocolSchema.CLIENT.definitions().values().forEach(schema -> collect(ProtocolSchema.object(schema), found));
        ProtocolSchema.SERVER.definitions().values().forEach(schema -> collect(ProtocolSchema.object(schema), found));
        ProtocolSchema.CLIENT.messages().values().forEach(message -> found.remove(message.get("title")));
        ProtocolSchema.SERVER.messages().values().forEach(message -> found.remove(message.get("title")));
        return found;
    }

    private static void collect(Map<String, Object> schema, Map<String, Map<String, Object>> found) {
        properties(schema).values().forEach(field -> collect(resolved(ProtocolSchema.object(field)), found));
        if (schema.get("items") instanceof Map<?, ?> items) {
            collect(resolved(ProtocolSchema.object(items)), found);
        }
        if (schema.get("title") instanceof String title) {
            found.putIfAbsent(title, schema);
        }
    }
}
