package io.neurolink.agent.protocol;

import io.neurolink.agent.support.ProtocolSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the protocol as an AsyncAPI 3.0 document, from the server's point of view. Its schemas are those of draft 7, which every tool
 * reads: what stands beside a reference would be overlooked there, so a reference is wrapped or followed.
 */
final class AsyncApiDocument {
    private static final String CHANNEL = "#/channels/agent";
    private static final List<String> UNASKED = List.of("connected", "status", "auth_expiring", "rate_limit", "ping", "shutdown");

    private AsyncApiDocument() {
    }

    /** @return the text of {@code asyncapi.json}. */
    static String write() {
        return PrettyJson.write(document());
    }

    private static Map<String, Object> document() {
        return fields("asyncapi", "3.0.0",
                "info", fields("title", "NeuroLink agent protocol", "version", "1",
                        "description", "How a client talks to an agent over a WebSocket. Made by the build from the JSON schemas in "
                                + "docs/protocol; docs/agent-protocol.md tells how the messages play together.",
                        "license", fields("name", "Apache-2.0", "url", "https://www.apache.org/licenses/LICENSE-2.0.txt")),
                "defaultContentType", "application/json",
                "servers", fields("local", fields("host", "localhost:3000", "protocol", "ws",
                        "description", "The standalone server with its defaults. The subprotocol neurolink.agent.v1 may be named.")),
                "channels", fields("agent", fields("address", "/ws/agent",
                        "description", "One connection; any number of runs go on at once, told apart by requestId.",
                        "messages", channelMessages())),
                "operations", operations(),
                "components", fields("messages", messages(), "schemas", schemas()));
    }

    private static Map<String, Object> channelMessages() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (ProtocolSchema side : List.of(ProtocolSchema.SERVER, ProtocolSchema.CLIENT)) {
            side.messages().values().forEach(message -> all.put(title(message), reference("#/components/messages/" + title(message))));
        }
        return all;
    }

    private static Map<String, Object> operations() {
        Map<String, Object> operations = new LinkedHashMap<>();
        ProtocolSchema.CLIENT.messages().forEach((type, message) -> {
            Map<String, Object> operation = fields("action", "receive", "channel", reference(CHANNEL),
                    "summary", message.get("description"), "messages", List.of(inChannel(message)));
            List<?> answers = (List<?>) message.get("x-answeredBy");
            if (!answers.isEmpty()) {
                operation.put("reply", fields("channel", reference(CHANNEL), "messages", answers.stream()
                        .map(answer -> inChannel(ProtocolSchema.SERVER.messages().get(answer))).toList()));
            }
            operations.put(type, operation);
        });
        for (String type : UNASKED) {
            Map<String, Object> message = ProtocolSchema.SERVER.messages().get(type);
            operations.put("send_" + type, fields("action", "send", "channel", reference(CHANNEL),
                    "summary", message.get("description"), "messages", List.of(inChannel(message))));
        }
        return operations;
    }

    private static Map<String, Object> inChannel(Map<String, Object> message) {
        return reference(CHANNEL + "/messages/" + title(message));
    }

    private static Map<String, Object> messages() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (ProtocolSchema side : List.of(ProtocolSchema.SERVER, ProtocolSchema.CLIENT)) {
            side.messages().forEach((type, message) -> all.put(title(message), fields("name", type, "title", title(message),
                    "summary", message.get("description"), "payload", converted(message, true),
                    "examples", ((List<?>) message.get("examples")).stream().map(example -> fields("payload", example)).toList())));
        }
        return all;
    }

    private static Map<String, Object> schemas() {
        Map<String, Object> all = new LinkedHashMap<>();
        Schemas.named().forEach((name, schema) -> all.put(name, converted(schema, true)));
        return all;
    }

    private static String title(Map<String, Object> message) {
        return (String) message.get("title");
    }

    /** Follows references to what has no name, keeps those to what has one, and says in words of draft 7 what is newer. */
    private static Map<String, Object> converted(Map<String, Object> schema, boolean isDefinition) {
        Map<String, Object> resolved = Schemas.resolved(schema);
        if (!isDefinition && resolved.get("title") instanceof String title) {
            Map<String, Object> reference = reference("#/components/schemas/" + title);
            return schema.containsKey("$ref") && schema.containsKey("description")
                    ? fields("description", schema.get("description"), "allOf", List.of(reference)) : reference;
        }
        Map<String, Object> result = new LinkedHashMap<>();
        resolved.forEach((keyword, value) -> {
            switch (keyword) {
                case "examples", "title", "x-answeredBy" -> { }
                case "dependentRequired" -> result.put("dependencies", value);
                case "properties" -> result.put(keyword, convertedFields(ProtocolSchema.object(value)));
                case "items" -> result.put(keyword, converted(ProtocolSchema.object(value), false));
                case "anyOf", "oneOf" -> result.put(keyword, convertedChoices((List<?>) value));
                default -> result.put(keyword, value);
            }
        });
        return result;
    }

    private static Map<String, Object> convertedFields(Map<String, Object> properties) {
        Map<String, Object> result = new LinkedHashMap<>();
        properties.forEach((name, field) -> result.put(name, converted(ProtocolSchema.object(field), false)));
        return result;
    }

    private static List<Object> convertedChoices(List<?> choices) {
        List<Object> result = new ArrayList<>();
        choices.forEach(choice -> result.add(converted(ProtocolSchema.object(choice), false)));
        return result;
    }

    private static Map<String, Object> reference(String target) {
        return fields("$ref", target);
    }

    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }
}
