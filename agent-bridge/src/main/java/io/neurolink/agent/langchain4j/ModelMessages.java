package io.neurolink.agent.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.output.FinishReason;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentMessage;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.ToolOutcome;
import java.util.ArrayList;
import java.util.List;

/** Between the messages of the protocol and those of LangChain4j. */
final class ModelMessages {
    private ModelMessages() {
    }

    /**
     * @return the conversation that the client sent; what an assistant said is left out where it is empty, as models refuse it.
     * @throws AgentException {@code INVALID_PAYLOAD} for a role that models do not know, or text that is missing.
     */
    static List<ChatMessage> of(AgentRequest request) {
        List<ChatMessage> messages = new ArrayList<>();
        for (AgentMessage message : request.messages()) {
            if (!message.role().equals("assistant") || !message.content().isBlank()) {
                messages.add(of(message));
            }
        }
        return messages;
    }

    private static ChatMessage of(AgentMessage message) {
        if (message.content().isBlank()) {
            throw new AgentException(ErrorCode.INVALID_PAYLOAD, "a message of role " + message.role() + " must not be empty");
        }
        return switch (message.role()) {
            case AgentMessage.USER -> UserMessage.from(message.content());
            case "assistant" -> AiMessage.from(message.content());
            case "system", "developer" -> SystemMessage.from(message.content());
            default -> throw new AgentException(ErrorCode.INVALID_PAYLOAD,
                    "role must be user, assistant or system, not " + message.role());
        };
    }

    /** @return what the model is told of a tool that ran, or did not. */
    static ToolExecutionResultMessage result(ToolExecutionRequest request, ToolOutcome outcome) {
        return ToolExecutionResultMessage.builder().id(request.id()).toolName(request.name())
                .text(outcome.isFailed() ? "Error: " + outcome.error() : text(outcome.result()))
                .isError(outcome.isFailed() ? true : null)
                .build();
    }

    private static String text(Object result) {
        try {
            return result instanceof String text ? text : ToolJson.write(result);
        } catch (EnvelopeException e) {
            return "Error: the result has no JSON form";
        }
    }

    /** @return the protocol's word for why an answer ends. */
    static String finishReason(FinishReason reason) {
        if (reason == null) {
            return "stop";
        }
        return switch (reason) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case TOOL_EXECUTION -> "tool_calls";
            case CONTENT_FILTER -> "content_filter";
            case OTHER -> "other";
        };
    }

    /** @return about how many bytes a message takes. */
    static long sizeOf(ChatMessage message) {
        long chars = 64;
        if (message instanceof UserMessage user) {
            chars += user.hasSingleText() ? user.singleText().length() : user.toString().length();
        } else if (message instanceof SystemMessage system) {
            chars += system.text().length();
        } else if (message instanceof ToolExecutionResultMessage result) {
            chars += result.hasSingleText() ? result.text().length() : result.toString().length();
        } else if (message instanceof AiMessage ai) {
            chars += lengthOf(ai.text()) + lengthOf(ai.thinking()) + ai.attributes().toString().length();
            for (ToolExecutionRequest request : ai.toolExecutionRequests()) {
                chars += lengthOf(request.id()) + lengthOf(request.name()) + lengthOf(request.arguments());
            }
        } else {
            chars += message.toString().length();
        }
        return 2 * chars;
    }

    private static int lengthOf(String text) {
        return text == null ? 0 : text.length();
    }
}
