package io.neurolink.agent.protocol;

import io.neurolink.agent.support.ProtocolSchema;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the reference of all messages for readers. */
final class MessagesPage {
    private final StringBuilder out = new StringBuilder();

    /** @return the text of {@code messages.md}. */
    static String write() {
        return new MessagesPage().page();
    }

    private String page() {
        out.append("""
                # Messages of the agent protocol

                Every message with every field, made by the build from the JSON schemas beside this page: [server](server.schema.json),
                [client](client.schema.json), [common](common.schema.json). [The agent protocol](../agent-protocol.md) tells how they play
                together; [asyncapi.json](asyncapi.json) is the same as an AsyncAPI 3 document. **•** marks fields that are always there.
                """);
        side("What the server sends", "server", ProtocolSchema.SERVER);
        side("What a client sends", "client", ProtocolSchema.CLIENT);
        out.append("\n## Parts\n");
        Schemas.named().forEach(this::part);
        return out.toString();
    }

    private void side(String title, String name, ProtocolSchema schema) {
        out.append("\n## ").append(title).append("\n\n");
        out.append(schema.messages().keySet().stream().map(type -> "[`" + type + "`](#" + name + "-" + type + ")")
                .collect(Collectors.joining(" · "))).append('\n');
        schema.messages().forEach((type, message) -> message(name, type, message));
    }

    private void message(String side, String type, Map<String, Object> schema) {
        heading(Character.toUpperCase(side.charAt(0)) + side.substring(1) + ": `" + type + "`", schema);
        if (schema.get("x-answeredBy") instanceof List<?> answers) {
            out.append("\nAnswered by ").append(answers.isEmpty() ? "nothing" : answers.stream()
                    .map(answer -> "[`" + answer + "`](#server-" + answer + ")").collect(Collectors.joining(", "))).append(".\n");
        }
        table(schema);
        out.append("\n```json\n");
        ((List<?>) schema.get("examples")).forEach(example -> out.append(PrettyJson.compact(example)).append('\n'));
        out.append("```\n");
    }

    private void part(String name, Map<String, Object> schema) {
        heading(name, schema);
        if (schema.containsKey("properties")) {
            table(schema);
        } else {
            out.append('\n').append(type(schema, true)).append('\n');
        }
    }

    private void heading(String title, Map<String, Object> schema) {
        out.append("\n### ").append(title).append("\n\n").append(schema.get("description")).append('\n');
    }

    private void table(Map<String, Object> schema) {
        out.append("\n| field | | type | |\n| --- | --- | --- | --- |\n");
        rows(schema, "");
    }

    private void rows(Map<String, Object> schema, String prefix) {
        Schemas.properties(schema).forEach((name, value) -> {
            Map<String, Object> field = Schemas.resolved(ProtocolSchema.object(value));
            out.append("| `").append(prefix).append(name).append("` | ").append(Schemas.isRequired(schema, name) ? "•" : "").append(" | ")
                    .append(type(field, false)).append(" | ").append(escaped((String) field.getOrDefault("description", ""))).append(" |\n");
            if (!field.containsKey("title")) {
                rows(field, prefix + name + ".");
            }
        });
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|");
    }

    private static String type(Map<String, Object> schema, boolean isDefinition) {
        if (!isDefinition && schema.get("title") instanceof String title) {
            return "[" + title + "](#" + title.toLowerCase(Locale.ROOT) + ")";
        } else if (schema.containsKey("const")) {
            return code(schema.get("const"));
        } else if (schema.get("enum") instanceof List<?> values) {
            return values.stream().map(MessagesPage::code).collect(Collectors.joining(", "));
        } else if (schema.get("anyOf") instanceof List<?> choices && !schema.containsKey("type")) {
            return choices.stream().map(choice -> type(Schemas.resolved(ProtocolSchema.object(choice)), false))
                    .collect(Collectors.joining(" or "));
        }
        return ofType(schema);
    }

    private static String ofType(Map<String, Object> schema) {
        if (!(schema.get("type") instanceof String type)) {
            return "any JSON value";
        }
        return switch (type) {
            case "string" -> "string" + length(schema);
            case "integer" -> "whole number" + range(schema);
            case "array" -> "array of " + type(Schemas.resolved(ProtocolSchema.object(schema.get("items"))), false);
            default -> type;
        };
    }

    private static String length(Map<String, Object> schema) {
        if (schema.containsKey("maxLength")) {
            return " of " + schema.get("minLength") + " to " + schema.get("maxLength") + " characters";
        }
        return schema.containsKey("minLength") ? ", not empty" : "";
    }

    private static String range(Map<String, Object> schema) {
        if (schema.containsKey("maximum")) {
            return " from " + schema.get("minimum") + " to " + schema.get("maximum");
        }
        return schema.containsKey("minimum") ? " from " + schema.get("minimum") : "";
    }

    private static String code(Object value) {
        return "`" + PrettyJson.compact(value) + "`";
    }
}
