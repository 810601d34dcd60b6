package io.neurolink.agent.support;

import dev.harrel.jsonschema.Dialects;
import dev.harrel.jsonschema.Error;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The JSON schemas of {@code docs/protocol}, one file for each side. Safe for use by several threads. */
public final class ProtocolSchema {
    private static final URI BASE = URI.create("https://schema.invalid/");
    private static final String DEFINITIONS = "#/$defs/";

    /** Where the files are. */
    public static final Path FOLDER = Path.of("").toAbsolutePath().resolveSibling("docs/protocol");
    /** What the server sends. */
    public static final ProtocolSchema SERVER = new ProtocolSchema("server");
    /** What a client sends. */
    public static final ProtocolSchema CLIENT = new ProtocolSchema("client");

    private final Map<String, Object> definitions;
    private final List<String> types;
    private final URI uri;
    private final Validator validator;

    private ProtocolSchema(String side) {
        Map<String, Object> root = load(side);
        definitions = object(root.get("$defs"));
        types = ((List<?>) root.get("oneOf")).stream().map(choice -> typeOf(object(choice))).toList();
        validator = new ValidatorFactory().withDefaultDialect(new Dialects.Draft2020Dialect())
                .withJsonNodeFactory(JsonValueNode.FACTORY).createValidator();
        validator.registerSchema(BASE.resolve(fileName("common")), load("common"));
        uri = validator.registerSchema(BASE.resolve(fileName(side)), root);
    }

    private static String typeOf(Map<String, Object> choice) {
        return ((String) choice.get("$ref")).substring(DEFINITIONS.length());
    }

    private static String fileName(String side) {
        return side + ".schema.json";
    }

    /** @return the content of a file of the schema. */
    public static Map<String, Object> load(String side) {
        try {
            return object(JsonValueNode.read(Files.readString(FOLDER.resolve(fileName(side)))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return the value as an object; fails if it is none. */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    /** @return the schema of each type of message, in the order of the file. */
    public Map<String, Map<String, Object>> messages() {
        Map<String, Map<String, Object>> messages = new LinkedHashMap<>();
        types.forEach(type -> messages.put(type, object(definitions.get(type))));
        return messages;
    }

    /** @return every schema of the file by name, those of messages among them. */
    public Map<String, Object> definitions() {
        return definitions;
    }

    /**
     * Finds what is wrong with a message.
     *
     * @param message any JSON value, as the reader of envelopes gives it.
     * @return the rules it breaks, a line each; empty if it keeps to the schema.
     */
    public String violations(Object message) {
        if (!(message instanceof Map<?, ?> fields) || !(fields.get("type") instanceof String type) || !types.contains(type)) {
            return "its type is none of " + types;
        }
        Validator.Result result = validator.validate(URI.create(uri + DEFINITIONS + type), message);
        return result.isValid() ? "" : result.getErrors().stream().map(ProtocolSchema::describe).collect(Collectors.joining("\n"));
    }

    private static String describe(Error error) {
        return (error.getInstanceLocation().isEmpty() ? "the message" : error.getInstanceLocation()) + ": " + error.getError()
                + " (" + error.getEvaluationPath() + ")";
    }
}
