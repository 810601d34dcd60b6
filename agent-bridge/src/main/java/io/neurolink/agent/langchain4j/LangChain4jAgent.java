package io.neurolink.agent.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.neurolink.agent.langchain4j.http.ModelHttpClientBuilder;
import io.neurolink.agent.langchain4j.http.ModelThreads;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolDeclaration;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An agent on any of LangChain4j's streaming models: streams text and reasoning, runs the tools that the model asks for and asks again,
 * and remembers sessions. A model whose builder takes an HTTP client should get a {@link ModelHttpClientBuilder}: without it a run can be
 * stopped only from its first token on, and a thread waits for each answer.
 */
public final class LangChain4jAgent implements Agent {
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    private static final int MAX_TOOL_ROUNDS = 10;

    private final String name;
    private final StreamingChatModel model;
    private final OptionMapper options;
    private final List<AgentTool> tools;
    private final Map<String, ToolSpecification> specifications;
    private final ConversationMemory memory;
    private final String systemPrompt;
    private final int maxToolRounds;
    private final Executor executor;
    private final ModelFailures failures;

    private LangChain4jAgent(Builder builder) {
        name = builder.name;
        model = Objects.requireNonNull(builder.model, "model");
        options = builder.options;
        tools = List.copyOf(builder.tools);
        specifications = tools.stream().map(ToolSpecs::of).collect(Collectors.toMap(ToolSpecification::name, Function.identity()));
        memory = builder.memory;
        systemPrompt = builder.systemPrompt;
        maxToolRounds = builder.maxToolRounds;
        boolean mayBlock = builder.executor == null || memory != null && memory.isBlocking();
        executor = mayBlock ? ModelThreads.blocking() : builder.executor;
        failures = new ModelFailures(name, builder.redactor);
    }

    /** {@return a builder; it needs a model at least} */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String model() {
        return model.defaultRequestParameters() == null ? null : model.defaultRequestParameters().modelName();
    }

    @Override
    public List<AgentTool> tools() {
        return tools;
    }

    /**
     * {@inheritDoc}
     *
     * @throws AgentException {@code INVALID_PAYLOAD} if an option, a role or a tool of the client's is wrong.
     */
    @Override
    public Flow.Publisher<AgentEvent> run(AgentRequest request) {
        String provider = request.options().provider();
        if (provider != null && !provider.equals(name)) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "options.provider must be '" + name + "', not '" + provider + "'");
        }
        ChatRequestParameters parameters = options.map(request.options());
        String instruction = request.options().systemPrompt();
        instruction = instruction == null ? systemPrompt : instruction;
        return new ModelRun(this, request, parameters, toolsFor(request), instruction == null || instruction.isBlank() ? null : instruction)
                .publisher();
    }

    private List<ToolSpecification> toolsFor(AgentRequest request) {
        List<ToolSpecification> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (ToolDeclaration declared : request.clientTools()) {
            try {
                all.add(ToolSpecs.of(declared));
            } catch (IllegalArgumentException e) {
                throw new AgentException(ErrorCode.INVALID_PAYLOAD, e.getMessage());
            }
            names.add(declared.name());
        }
        for (AgentTool tool : tools) {
            if (names.add(tool.name()) && request.mayUseTool(tool.name())) {
                all.add(specifications.get(tool.name()));
            }
        }
        return all;
    }

    StreamingChatModel chatModel() {
        return model;
    }

    ConversationMemory memory() {
        return memory;
    }

    int maxToolRounds() {
        return maxToolRounds;
    }

    Executor executor() {
        return executor;
    }

    ModelFailures failures() {
        return failures;
    }

    void logForgotten(String requestId, Throwable error) {
        LOGGER.log(Level.WARNING, "run " + requestId + " cannot be remembered", error);
    }

    @Override
    public String toString() {
        return "LangChain4jAgent " + name;
    }

    /** Puts an agent together. Not safe for use by several threads. */
    public static final class Builder {
        private String name = "model";
        private StreamingChatModel model;
        private OptionMapper options = OptionMapper.common();
        private final List<AgentTool> tools = new ArrayList<>();
        private ConversationMemory memory;
        private String systemPrompt;
        private int maxToolRounds = MAX_TOOL_ROUNDS;
        private Executor executor;
        private Redactor redactor = Redactor.NONE;

        private Builder() {
        }

        /**
         * Sets the name.
         *
         * @param value name of the agent, which clients may give as {@code options.provider}; {@code model} by default.
         * @return this.
         */
        public Builder name(String value) {
            name = Objects.requireNonNull(value, "name");
            return this;
        }

        /**
         * Sets the model.
         *
         * @param value answers. One model serves many runs at once. It may block the thread that calls it, and in its callbacks.
         * @return this.
         */
        public Builder model(StreamingChatModel value) {
            model = Objects.requireNonNull(value, "model");
            return this;
        }

        /**
         * Sets how options are mapped.
         *
         * @param value turns the options of a request into parameters; by default {@link OptionMapper#common()}.
         * @return this.
         */
        public Builder options(OptionMapper value) {
            options = Objects.requireNonNull(value, "options");
            return this;
        }

        /**
         * Adds tools.
         *
         * @param values what the model may use, in addition to what was given before, and to what a client declares.
         * @return this.
         */
        public Builder tools(AgentTool... values) {
            return tools(List.of(values));
        }

        /**
         * Adds tools.
         *
         * @param values what the model may use, in addition to what was given before, and to what a client declares.
         * @return this.
         */
        public Builder tools(List<AgentTool> values) {
            tools.addAll(values);
            return this;
        }

        /**
         * Sets the memory.
         *
         * @param value remembers sessions; without it each request stands for itself.
         * @return this.
         */
        public Builder memory(ConversationMemory value) {
            memory = Objects.requireNonNull(value, "memory");
            return this;
        }

        /**
         * Sets the system prompt.
         *
         * @param value instruction that precedes every conversation whose client gives none by {@code options.systemPrompt}.
         * @return this.
         */
        public Builder systemPrompt(String value) {
            systemPrompt = value;
            return this;
        }

        /**
         * Limits the tool rounds.
         *
         * @param value how many times in one run the model may ask for tools, at least 0; 10 by default. One more fails the run.
         * @return this.
         */
        public Builder maxToolRounds(int value) {
            if (value < 0) {
                throw new IllegalArgumentException("maxToolRounds must be at least 0, not " + value);
            }
            maxToolRounds = value;
            return this;
        }

        /** For a model that never blocks. */
        Builder executor(Executor value) {
            executor = value;
            return this;
        }

        /** Knows what must not be told. */
        Builder redactor(Redactor value) {
            redactor = value;
            return this;
        }

        /**
         * {@return the agent}
         *
         * @throws IllegalArgumentException if the schema of a tool is not one, or two tools have the same name.
         */
        public LangChain4jAgent build() {
            Set<String> names = new HashSet<>();
            for (AgentTool tool : tools) {
                if (!names.add(tool.name())) {
                    throw new IllegalArgumentException("two tools have the name " + tool.name());
                }
            }
            return new LangChain4jAgent(this);
        }
    }
}
