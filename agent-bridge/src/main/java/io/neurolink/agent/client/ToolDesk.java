package io.neurolink.agent.client;

import io.neurolink.agent.client.RunEvent.ToolCalled;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The tool calls of one run that wait for this client: each is put to the application once, and its answer is sent again where the server
 * may not have got it. For the client's thread.
 */
final class ToolDesk {
    private final Exchange exchange;
    private final ClientCore core;
    /** Calls that have not ended, with their answer, or null where there is none yet. */
    private final Map<String, byte[]> calls = new HashMap<>();

    ToolDesk(Exchange exchange, ClientCore core) {
        this.exchange = exchange;
        this.core = core;
    }

    /** A call came in, or came in again after a reconnection. */
    void onCall(ToolCalled call) {
        if (call.approval().equals("auto")) {
            return;
        }
        byte[] answer = calls.get(call.toolCallId());
        if (answer != null) {
            core.send(answer);
        } else if (!calls.containsKey(call.toolCallId())) {
            calls.put(call.toolCallId(), null);
            ask(call);
        }
    }

    void onEnd(String toolCallId) {
        calls.remove(toolCallId);
    }

    private void ask(ToolCalled call) {
        if (call.approval().equals("client")) {
            ClientTool tool = core.options().tools().get(call.toolName());
            if (tool != null) {
                perform(tool, call);
            }
        } else if (core.options().approver() != null) {
            approve(core.options().approver(), call);
        }
    }

    private void perform(ClientTool tool, ToolCalled call) {
        core.callbacks().execute(() -> stageOf(() -> tool.function().apply(call.args())).whenComplete((result, error) ->
                core.execute(() -> answer(call.toolCallId(), written(call, result, error)))));
    }

    private byte[] written(ToolCalled call, Object result, Throwable error) {
        Throwable failure = error;
        if (failure == null) {
            try {
                return Requests.toolResult(exchange.requestId(), call.toolCallId(), result);
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        return Requests.toolError(exchange.requestId(), call.toolCallId(),
                AgentException.of(failure, ErrorCode.TOOL_FAILED).getMessage());
    }

    private void approve(ToolApprover approver, ToolCalled call) {
        core.callbacks().execute(() -> decisionOf(approver, call).whenComplete((decision, error) -> {
            if (decision != null) {
                core.execute(() -> decide(call.toolCallId(), decision));
            } else if (error != null) {
                core.report(AgentException.of(error, ErrorCode.UNKNOWN_ERROR));
            }
        }));
    }

    private CompletionStage<ToolDecision> decisionOf(ToolApprover approver, ToolCalled call) {
        return stageOf(() -> approver.approve(exchange.requestId(), call));
    }

    /** Code of the application that may throw, or return no stage. */
    private static <T> CompletionStage<T> stageOf(Supplier<CompletionStage<? extends T>> code) {
        try {
            CompletionStage<? extends T> stage = code.get();
            return stage == null ? CompletableFuture.completedStage(null) : stage.thenApply(value -> value);
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    void decide(String toolCallId, ToolDecision decision) {
        answer(toolCallId, Requests.approval(exchange.requestId(), toolCallId, decision));
    }

    /** The first answer counts. */
    private void answer(String toolCallId, byte[] message) {
        if (calls.containsKey(toolCallId) && calls.get(toolCallId) == null) {
            calls.put(toolCallId, message);
            core.send(message);
        }
    }
}
