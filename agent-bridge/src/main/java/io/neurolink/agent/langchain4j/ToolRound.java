package io.neurolink.agent.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.ToolOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The tools that a model asks for in one answer. They are at work at the same time; the model is told of all of them together. */
final class ToolRound {
    private record Call(ToolExecutionRequest request, CompletableFuture<ToolOutcome> outcome) {
    }

    private final AiMessage message;
    private final List<Call> calls = new ArrayList<>();

    /**
     * Asks for the tools.
     *
     * @param answer  the answer; calls in it without an id of their own, or with one that was there before, get one.
     * @param usedIds ids of the run so far; added to.
     * @param number  of the round, for ids.
     * @param events  takes what the viewers are to see.
     * @param onDone  called when a tool has ended; must not block.
     */
    ToolRound(AiMessage answer, Set<String> usedIds, int number, Queue<AgentEvent> events, Runnable onDone) {
        List<ToolExecutionRequest> requests = new ArrayList<>();
        for (ToolExecutionRequest request : answer.toolExecutionRequests()) {
            ToolExecutionRequest unique = withUniqueId(request, usedIds, number);
            requests.add(unique);
            calls.add(new Call(unique, ask(unique, events, onDone)));
        }
        message = answer.toBuilder().toolExecutionRequests(requests).build();
    }

    private static ToolExecutionRequest withUniqueId(ToolExecutionRequest request, Set<String> usedIds, int number) {
        String id = request.id();
        if (id != null && !id.isBlank() && usedIds.add(id)) {
            return request;
        }
        String base = id == null || id.isBlank() ? "call" : id;
        int count = number;
        while (!usedIds.add(base + "-" + count)) {
            count++;
        }
        return request.toBuilder().id(base + "-" + count).build();
    }

    private static CompletableFuture<ToolOutcome> ask(ToolExecutionRequest request, Queue<AgentEvent> events, Runnable onDone) {
        Object args;
        try {
            args = request.arguments() == null || request.arguments().isBlank() ? Map.of() : ToolJson.read(request.arguments());
        } catch (EnvelopeException e) {
            String error = "the arguments are not JSON";
            events.add(new AgentEvent.ToolStarted(request.id(), request.name(), request.arguments()));
            events.add(new AgentEvent.ToolFinished(request.id(), request.name(), null, error, 0));
            return CompletableFuture.completedFuture(ToolOutcome.failed(error));
        }
        CompletableFuture<ToolOutcome> outcome = new CompletableFuture<>();
        outcome.whenComplete((value, error) -> onDone.run());
        events.add(new AgentEvent.ToolRequested(request.id(), request.name(), args, outcome));
        return outcome;
    }

    boolean isDone() {
        return calls.stream().allMatch(call -> call.outcome().isDone());
    }

    /** @return the model's answer and the results, in the order of the calls. Only when done. */
    List<ChatMessage> messages() {
        List<ChatMessage> messages = new ArrayList<>();
        messages.add(message);
        for (Call call : calls) {
            messages.add(ModelMessages.result(call.request(), outcomeOf(call)));
        }
        return messages;
    }

    private static ToolOutcome outcomeOf(Call call) {
        try {
            return call.outcome().join();
        } catch (CancellationException | CompletionException e) {
            return ToolOutcome.failed("the tool was stopped");
        }
    }}
