package io.neurolink.agent.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolDeclaration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns tools into what LangChain4j tells models of them. */
public final class ToolSpecs {
    /** What the root of a schema may say there; of properties everything is kept. */
    private static final List<String> ROOT_KEYWORDS = List.of("description", "properties", "required", "additionalProperties", "$defs");

    private ToolSpecs() {
    }

    /**
     * What a model is told of a tool.
     *
     * @param name            name of the tool.
     * @param description     one sentence that tells when to use it, possibly empty.
     * @param inputSchemaJson JSON schema of the arguments as text. Properties keep all their keywords. At the root LangChain4j knows only
     *                        {@code description}, {@code properties}, {@code required}, {@code additionalProperties} (true or false) and
     *                        {@code $defs}; the type is {@code object}, and what else stands there is left out.
     * @return the specification.
     * @throws IllegalArgumentException if the schema is not a JSON object, or one of these keywords is malformed; the text names the tool.
     */
    public static ToolSpecification of(String name, String description, String inputSchemaJson) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("name", name);
        if (!description.isBlank()) {
            spec.put("description", description);
        }
        try {
            spec.put("parameters", root(ToolJson.read(inputSchemaJson)));
            return ToolSpecification.fromJson(ToolJson.write(spec));
        } catch (EnvelopeException | IllegalArgumentException e) {
            throw new IllegalArgumentException("input schema of tool " + name + ": " + e.getMessage(), e);
        }
    }

    /**
     * What a model is told of a tool of the agent.
     *
     * @param tool the tool.
     * @return the specification.
     * @throws IllegalArgumentException as {@link #of(String, String, String)}.
     */
    public static ToolSpecification of(AgentTool tool) {
        return of(tool.name(), tool.description(), tool.inputSchema());
    }

    /**
     * What a model is told of a tool that the client runs.
     *
     * @param declaration the tool.
     * @return the specification.
     * @throws IllegalArgumentException as {@link #of(String, String, String)}.
     */
    public static ToolSpecification of(ToolDeclaration declaration) {
        return of(declaration.name(), declaration.description(), declaration.inputSchema());
    }

    /**
     * The other way round: the schema of the arguments.
     *
     * @param specification what LangChain4j knows of a tool.
     * @return JSON schema as text.
     */
    static String inputSchema(ToolSpecification specification) {
        Object parameters = ToolJson.read(specification.toJson()) instanceof Map<?, ?> spec ? spec.get("parameters") : null;
        return ToolJson.write(parameters == null ? Map.of("type", "object") : parameters);
    }

    private static Map<String, Object> root(Object schema) {
        if (!(schema instanceof Map<?, ?> given)) {
            throw new IllegalArgumentException("must be a JSON object");
        }
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("type", "object");
        for (String keyword : ROOT_KEYWORDS) {
            Object value = given.get(keyword);
            if (value instanceof Map<?, ?> schemas && (keyword.equals("properties") || keyword.equals("$defs"))) {
                root.put(keyword, withoutBooleans(schemas));
            } else if (value != null && !(keyword.equals("additionalProperties") && value instanceof Map)) {
                root.put(keyword, value);
            }
        }
        return root;
    }

    /** A schema may be {@code true}, which is the same as {@code {}}; LangChain4j knows only the latter. */
    private static Map<String, Object> withoutBooleans(Map<?, ?> schemas) {
        Map<String, Object> result = new LinkedHashMap<>();
        schemas.forEach((name, schema) -> result.put(String.valueOf(name),
                Boolean.TRUE.equals(schema) ? Map.of() : Boolean.FALSE.equals(schema) ? Map.of("not", Map.of()) : schema));
        return result;
    }
}
