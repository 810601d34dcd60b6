package io.neurolink.agent.session;

import io.neurolink.agent.envelope.EnvelopeWriter;
import io.neurolink.agent.envelope.Fields;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolDeclaration;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads {@code payload.tools}: names of tools of the agent that it may use, and objects that declare tools of the client's. An object is
 * {@code {name, description?, parameters | inputSchema}}, or has these within {@code function}, as model APIs write them.
 */
final class ToolsParser {
    private static final int MAX_TOOLS = 128;
    /** What every model API takes. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final String NO_PARAMETERS = "{\"type\":\"object\"}";

    private final Set<String> toolsOfAgent;
    private final Set<String> names = new HashSet<>();
    private final List<ToolDeclaration> declarations = new ArrayList<>();

    private ToolsParser(Set<String> toolsOfAgent) {
        this.toolsOfAgent = toolsOfAgent;
    }

    /**
     * @param toolsOfAgent names of the agent's tools.
     * @return what the client declares.
     * @throws AgentException {@code INVALID_PAYLOAD}, or {@code TOOL_NOT_FOUND} for a name that the agent does not have.
     */
    static List<ToolDeclaration> parse(Fields payload, Set<String> toolsOfAgent) {
        List<?> elements = payload.list("tools");
        if (elements == null) {
            return List.of();
        }
        if (elements.size() > MAX_TOOLS) {
            throw invalid("payload.tools must have at most " + MAX_TOOLS + " elements");
        }
        ToolsParser parser = new ToolsParser(toolsOfAgent);
        for (int i = 0; i < elements.size(); i++) {
            parser.add(elements.get(i), "payload.tools[" + i + "]");
        }
        return parser.declarations;
    }

    private void add(Object element, String path) {
        if (element instanceof String name) {
            if (!toolsOfAgent.contains(name)) {
                throw new AgentException(ErrorCode.TOOL_NOT_FOUND, path + ": the agent has no such tool");
            }
        } else if (element instanceof Map<?, ?> map) {
            Fields fields = fields(path, map);
            Fields function = fields.object("function");
            declarations.add(declaration(function == null ? fields : function, function == null ? path : path + ".function"));
        } else {
            throw invalid(path + " must be a name or an object");
        }
    }

    private ToolDeclaration declaration(Fields fields, String path) {
        String name = fields.requiredString("name");
        if (!NAME.matcher(name).matches()) {
            throw invalid(path + ".name must be 1 to 64 letters, digits, _ or -");
        }
        if (toolsOfAgent.contains(name)) {
            throw invalid(path + ".name is that of a tool of the agent: " + name);
        }
        if (!names.add(name)) {
            throw invalid(path + ".name occurs twice: " + name);
        }
        String description = fields.string("description");
        Fields schema = fields.object("parameters");
        schema = schema == null ? fields.object("inputSchema") : schema;
        return new ToolDeclaration(name, description == null ? "" : description, schema == null ? NO_PARAMETERS : text(schema, path));
    }

    private static String text(Fields schema, String path) {
        Object type = schema.raw("type");
        if (type != null && !type.equals("object")) {
            throw invalid(path + ": the type of the parameters must be \"object\"");
        }
        Fields properties = schema.object("properties");
        if (properties != null) {
            properties.asMap().forEach((name, property) -> {
                if (!(property instanceof Map || property instanceof Boolean)) {
                    throw invalid(path + ": the schema of parameter " + name + " must be an object");
                }
            });
        }
        List<?> required = schema.list("required");
        if (required != null && !required.stream().allMatch(String.class::isInstance)) {
            throw invalid(path + ": required parameters must be names");
        }
        return StandardCharsets.UTF_8.decode(new EnvelopeWriter(EnvelopeWriter.MAX_BYTES).write(schema.asMap())).toString();
    }

    @SuppressWarnings("unchecked")
    private static Fields fields(String path, Map<?, ?> map) {
        return Fields.of(path, (Map<String, Object>) map);
    }

    private static AgentException invalid(String text) {
        return new AgentException(ErrorCode.INVALID_PAYLOAD, text);
    }
}
