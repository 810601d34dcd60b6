package io.neurolink.agent.langchain4j;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.exception.ToolArgumentsException;
import dev.langchain4j.exception.ToolExecutionException;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.service.tool.DefaultToolExecutor;
import dev.langchain4j.service.tool.ToolExecutionResult;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolCall;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Methods that are annotated for LangChain4j, as tools of an agent:
 * <pre>{@code
 * class Weather {
 *     @Tool("Tells the weather of a city.")
 *     String forecast(@P(name = "city", description = "Name of the city.") String city) {
 *         return "blue sky over " + city;
 *     }
 * }
 * List<AgentTool> tools = LangChain4jTools.of(new Weather());
 * }</pre>
 *
 * <p>Names of parameters come from {@code @P(name = …)}, or from the class file if it was compiled with {@code -parameters}. A parameter
 * of type {@code InvocationParameters}, which the model does not see, has the user as {@value #USER}. Each call runs on a thread of its
 * own, which is interrupted when the call is cancelled. What a method throws fails the call with {@code TOOL_FAILED} and its message,
 * arguments that do not fit with {@code INVALID_PAYLOAD}; an {@link AgentException} keeps its code.
 */
public final class LangChain4jTools {
    /** Name of the {@code InvocationParameters} entry that is the {@link AuthenticatedUser}, missing for an anonymous one. */
    public static final String USER = "user";

    private LangChain4jTools() {
    }

    /**
     * {@return a tool for each such method}
     *
     * @param annotated objects with methods that are annotated with {@link Tool}, inherited ones and those of interfaces included; several
     *                  calls use them at once.
     * @throws IllegalArgumentException if an object has none, or two have the same name.
     */
    public static List<AgentTool> of(Object... annotated) {
        List<AgentTool> tools = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Object object : annotated) {
            List<Method> methods = annotatedMethods(object.getClass());
            if (methods.isEmpty()) {
                throw new IllegalArgumentException(object.getClass().getName() + " has no method annotated with @Tool");
            }
            for (Method method : methods) {
                AgentTool tool = tool(object, method);
                if (!names.add(tool.name())) {
                    throw new IllegalArgumentException("two tools are named " + tool.name());
                }
                tools.add(tool);
            }
        }
        return tools;
    }

    private static List<Method> annotatedMethods(Class<?> type) {
        List<Method> methods = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Class<?> level = type; level != null && level != Object.class; level = level.getSuperclass()) {
            Stream.concat(Stream.of(level), Stream.of(level.getInterfaces())).flatMap(place -> Stream.of(place.getDeclaredMethods()))
                    .filter(method -> method.isAnnotationPresent(Tool.class) && !method.isBridge())
                    .filter(method -> seen.add(method.getName() + List.of(method.getParameterTypes())))
                    .forEach(methods::add);
        }
        methods.sort((one, other) -> one.getName().compareTo(other.getName()));
        return methods;
    }

    private static AgentTool tool(Object object, Method method) {
        ToolSpecification specification = ToolSpecifications.toolSpecificationFrom(method);
        DefaultToolExecutor executor = DefaultToolExecutor.builder().object(object).originalMethod(method).methodToInvoke(method)
                .wrapToolArgumentsExceptions(true).propagateToolExecutionExceptions(true).build();
        String description = specification.description() == null ? "" : specification.description();
        return AgentTool.blocking(specification.name(), description, ToolSpecs.inputSchema(specification),
                call -> execute(executor, specification.name(), call));
    }

    private static Object execute(DefaultToolExecutor executor, String name, ToolCall call) throws Exception {
        ToolExecutionRequest request = ToolExecutionRequest.builder().id(call.toolCallId()).name(name)
                .arguments(ToolJson.write(call.arguments())).build();
        Map<String, Object> parameters = call.user() == null ? Map.of() : Map.of(USER, call.user());
        InvocationContext context = InvocationContext.builder().invocationParameters(InvocationParameters.from(parameters)).build();
        try {
            return value(executor.executeWithContext(request, context));
        } catch (ToolArgumentsException e) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, messageOf(e));
        } catch (ToolExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static String messageOf(ToolArgumentsException error) {
        return error.getMessage() == null ? "the arguments do not fit" : error.getMessage();
    }

    /** Text stays text, also where it could be read as JSON. */
    private static Object value(ToolExecutionResult result) {
        Object value = result.result();
        return value instanceof CharSequence || value instanceof Number || value instanceof Boolean ? value : ToolResults.valueOf(result);
    }
}
