package io.neurolink.agent.protocol;

import io.neurolink.agent.support.ProtocolSchema;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes the types of all messages in TypeScript. */
final class TypeScriptTypes {
    private static final String INDENT = "    ";
    private static final int MAX_LENGTH = 140;

    private final StringBuilder out = new StringBuilder();

    /** @return the text of {@code neurolink-protocol.d.ts}. */
    static String write() {
        return new TypeScriptTypes().file();
    }

    private String file() {
        out.append("""
                /**
                 * Types of the messages of the NeuroLink agent protocol, version 1.
                 * Made by the build from the JSON schemas in docs/protocol; changes here are lost.
                 */
                """);
        Schemas.named().forEach(this::declare);
        ProtocolSchema.SERVER.messages().values().forEach(message -> declare((String) message.get("title"), message));
        ProtocolSchema.CLIENT.messages().values().forEach(message -> declare((String) message.get("title"), message));
        union("ServerMessage", "Everything the server sends.", ProtocolSchema.SERVER);
        union("ClientMessage", "Everything a client sends.", ProtocolSchema.CLIENT);
        out.append("""

                /** The message of a type, for example `ServerMessageOf<'chunk'>`. */
                export type ServerMessageOf<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>;

                /** The message of a type, for example `ClientMessageOf<'stream'>`. */
                export type ClientMessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>;
                """);
        return out.toString();
    }

    private void declare(String name, Map<String, Object> schema) {
        out.append('\n');
        comment(schema, "");
        if (schema.containsKey("properties")) {
            out.append("export interface ").append(name).append(' ').append(fields(schema, "")).append('\n');
        } else {
            alternatives(name, expression(schema, "").split(" \\| "));
        }
    }

    private void union(String name, String description, ProtocolSchema side) {
        out.append("\n/** ").append(description).append(" */\n");
        alternatives(name, side.messages().values().stream().map(message -> (String) message.get("title")).toArray(String[]::new));
    }

    private void alternatives(String name, String... types) {
        String line = "export type " + name + " = " + String.join(" | ", types) + ";\n";
        out.append(line.length() <= MAX_LENGTH ? line
                : "export type " + name + " =\n" + INDENT + "| " + String.join("\n" + INDENT + "| ", types) + ";\n");
    }

    private void comment(Map<String, Object> schema, String indent) {
        out.append(commentOf(schema, indent));
    }

    private static String commentOf(Map<String, Object> schema, String indent) {
        if (!(schema.get("description") instanceof String description)) {
            return "";
        }
        String line = indent + "/** " + description + " */\n";
        return line.length() <= MAX_LENGTH ? line
                : indent + "/**\n" + wrapped(description, indent + " * ") + indent + " */\n";
    }

    private static String wrapped(String text, String prefix) {
        StringBuilder lines = new StringBuilder();
        StringBuilder line = new StringBuilder(prefix);
        for (String word : text.split(" ")) {
            if (line.length() > prefix.length() && line.length() + word.length() > MAX_LENGTH) {
                lines.append(line.toString().stripTrailing()).append('\n');
                line.setLength(prefix.length());
            }
            line.append(word).append(' ');
        }
        return lines.append(line.toString().stripTrailing()).append('\n').toString();
    }

    private static String fields(Map<String, Object> schema, String indent) {
        StringBuilder body = new StringBuilder("{\n");
        String inner = indent + INDENT;
        Schemas.properties(schema).forEach((name, value) -> {
            Map<String, Object> field = ProtocolSchema.object(value);
            body.append(commentOf(Schemas.resolved(field), inner)).append(inner).append(name)
                    .append(Schemas.isRequired(schema, name) ? "" : "?").append(": ").append(expression(field, inner)).append(";\n");
        });
        if (Boolean.TRUE.equals(schema.get("additionalProperties"))) {
            body.append(inner).append("[name: string]: unknown;\n");
        }
        return body.append(indent).append('}').toString();
    }

    private static String use(Map<String, Object> field, String indent) {
        Map<String, Object> schema = Schemas.resolved(field);
        return schema.get("title") instanceof String title ? title : expression(schema, indent);
    }

    private static String expression(Map<String, Object> field, String indent) {
        Map<String, Object> schema = Schemas.resolved(field);
        if (field.containsKey("$ref") && schema.get("title") instanceof String title) {
            return title;
        } else if (schema.containsKey("const")) {
            return literal(schema.get("const"));
        } else if (schema.get("enum") instanceof List<?> values) {
            return indent.isEmpty() || !schema.containsKey("title")
                    ? values.stream().map(TypeScriptTypes::literal).collect(Collectors.joining(" | ")) : (String) schema.get("title");
        } else if (schema.get("anyOf") instanceof List<?> choices && !schema.containsKey("type")) {
            return union(choices, indent);
        }
        return ofType(schema, indent);
    }

    private static String ofType(Map<String, Object> schema, String indent) {
        if (!(schema.get("type") instanceof String type)) {
            return "unknown";
        }
        return switch (type) {
            case "integer", "number" -> "number";
            case "array" -> arrayOf(use(ProtocolSchema.object(schema.get("items")), indent));
            case "object" -> !indent.isEmpty() && schema.get("title") instanceof String title ? title
                    : schema.containsKey("properties") ? fields(schema, indent) : "Record<string, unknown>";
            default -> type;
        };
    }

    private static String arrayOf(String element) {
        return element.contains(" | ") ? "(" + element + ")[]" : element + "[]";
    }

    /** A string beside the name of an enumeration must not swallow it. */
    private static String union(List<?> choices, String indent) {
        Set<String> types = new LinkedHashSet<>();
        for (Object choice : choices) {
            types.add(use(ProtocolSchema.object(choice), indent));
        }
        boolean isOpen = types.contains("ErrorCode") && types.remove("string");
        return String.join(" | ", types) + (isOpen ? " | (string & {})" : "");
    }

    private static String literal(Object value) {
        return value instanceof String text ? "'" + text + "'" : String.valueOf(value);
    }
}
