package io.neurolink.agent.spi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Puts a tool together, begun by {@link AgentTool#named}. Parameters that are declared one by one make the schema, and those without
 * {@code optional} in their name are required; {@link #inputSchema} gives the schema as a whole instead. Not safe for use by several
 * threads.
 */
public final class ToolBuilder {
    private final String name;
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final List<String> required = new ArrayList<>();
    private String description = "";
    private String inputSchema;
    private ToolApproval approval = ToolApproval.AUTO;
    private Duration timeout;

    ToolBuilder(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    /**
     * Sets the description.
     *
     * @param value one sentence that tells a model when to use the tool.
     * @return this.
     */
    public ToolBuilder description(String value) {
        description = Objects.requireNonNull(value, "description");
        return this;
    }

    /**
     * Sets the input schema.
     *
     * @param value JSON schema of the arguments, as JSON text, in the place of declared parameters.
     * @return this.
     */
    public ToolBuilder inputSchema(String value) {
        inputSchema = value;
        return this;
    }

    /**
     * Declares a text.
     *
     * @param parameter name of a parameter that is text.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder string(String parameter, String meaning) {
        return required(parameter, "string", meaning);
    }

    /**
     * Declares a number.
     *
     * @param parameter name of a parameter that is a number.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder number(String parameter, String meaning) {
        return required(parameter, "number", meaning);
    }

    /**
     * Declares a whole number.
     *
     * @param parameter name of a parameter that is a whole number.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder wholeNumber(String parameter, String meaning) {
        return required(parameter, "integer", meaning);
    }

    /**
     * Declares a truth value.
     *
     * @param parameter name of a parameter that is true or false.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder bool(String parameter, String meaning) {
        return required(parameter, "boolean", meaning);
    }

    /**
     * Declares a text that may be missing.
     *
     * @param parameter name of a parameter that is text and may be missing.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder optionalString(String parameter, String meaning) {
        return add(parameter, "string", meaning);
    }

    /**
     * Declares a number that may be missing.
     *
     * @param parameter name of a parameter that is a number and may be missing.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder optionalNumber(String parameter, String meaning) {
        return add(parameter, "number", meaning);
    }

    /**
     * Declares a whole number that may be missing.
     *
     * @param parameter name of a parameter that is a whole number and may be missing.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder optionalWholeNumber(String parameter, String meaning) {
        return add(parameter, "integer", meaning);
    }

    /**
     * Declares a truth value that may be missing.
     *
     * @param parameter name of a parameter that is true or false and may be missing.
     * @param meaning   what it is, for the model.
     * @return this.
     */
    public ToolBuilder optionalBool(String parameter, String meaning) {
        return add(parameter, "boolean", meaning);
    }

    private ToolBuilder required(String parameter, String type, String meaning) {
        required.add(parameter);
        return add(parameter, type, meaning);
    }

    private ToolBuilder add(String parameter, String type, String meaning) {
        String schema = "{\"type\":" + quoted(type) + (meaning.isEmpty() ? "" : ",\"description\":" + quoted(meaning)) + "}";
        if (properties.put(parameter, schema) != null) {
            throw new IllegalArgumentException("tool " + name + " has two parameters named " + parameter);
        }
        return this;
    }

    /**
     * Sets the approval.
     *
     * @param value who decides whether a call that an agent asks for runs; {@link ToolApproval#AUTO} by default.
     * @return this.
     */
    public ToolBuilder approval(ToolApproval value) {
        approval = Objects.requireNonNull(value, "approval");
        return this;
    }

    /**
     * Sets the timeout.
     *
     * @param value time a call has for its result, more than zero; by default what the handler gives every tool.
     * @return this.
     */
    public ToolBuilder timeout(Duration value) {
        timeout = value;
        return this;
    }

    /**
     * A tool from a function that blocks, see {@link AgentTool#blocking}.
     *
     * @param body runs the tool.
     * @return the tool.
     */
    public AgentTool blocking(AgentTool.BlockingBody body) {
        return adjusted(AgentTool.blocking(name, description, schema(), body));
    }

    /**
     * A tool from a function that does not block, see {@link AgentTool#of}.
     *
     * @param function runs the tool.
     * @return the tool.
     */
    public AgentTool async(Function<ToolCall, CompletionStage<?>> function) {
        return adjusted(AgentTool.of(name, description, schema(), function));
    }

    /**
     * A tool that a viewer of the run executes, see {@link AgentTool#client}.
     *
     * @return the tool.
     */
    public AgentTool client() {
        return AgentTool.client(name, description, schema()).withTimeout(timeout);
    }

    private AgentTool adjusted(AgentTool tool) {
        return approval == ToolApproval.AUTO && timeout == null ? tool : new AdjustedTool(tool, approval, timeout);
    }

    private String schema() {
        if (inputSchema != null) {
            return inputSchema;
        }
        StringBuilder schema = new StringBuilder("{\"type\":\"object\",\"properties\":{");
        String separator = "";
        for (Map.Entry<String, String> property : properties.entrySet()) {
            schema.append(separator).append(quoted(property.getKey())).append(':').append(property.getValue());
            separator = ",";
        }
        schema.append('}');
        if (!required.isEmpty()) {
            schema.append(",\"required\":[").append(String.join(",", required.stream().map(ToolBuilder::quoted).toList())).append(']');
        }
        return schema.append('}').toString();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
