package io.neurolink.agent.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.ChunkPublisher;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.spi.Usage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/**
 * One answer of a model agent: asks the model, hands on what it says, has the tools run that it wants, and asks again with their results,
 * until an answer wants none. The publisher calls it one at a time, so its fields have a single writer.
 *
 * <pre>
 *   REMEMBER ──▶ ASK ──▶ READ ──answer──▶ SAVE ──▶ FINISH
 *                 ▲        │
 *                 │        └─tools wanted─▶ AWAIT_TOOLS
 *                 └──────────────────────────────┘
 * </pre>
 */
final class ModelRun implements ChunkPublisher.Source {
    /** What the run does when it is next asked for an event. */
    private enum Step { REMEMBER, AWAIT_MEMORY, ASK, READ, AWAIT_TOOLS, SAVE, AWAIT_SAVED, FINISH }

    private final LangChain4jAgent agent;
    private final AgentRequest request;
    private final List<ChatMessage> given;
    private final ChatRequestParameters parameters;
    private final List<ToolSpecification> tools;
    private final String systemPrompt;
    private final ChunkPublisher publisher;
    private final Queue<AgentEvent> outgoing = new ArrayDeque<>();
    private final List<ChatMessage> conversation = new ArrayList<>();
    private final Set<String> toolCallIds = new HashSet<>();
    private final StringBuilder delivered = new StringBuilder();

    private Step step = Step.REMEMBER;
    private CompletableFuture<List<ChatMessage>> memory;
    private CompletableFuture<Void> saved;
    private int turnStart;
    private ModelCall call;
    private boolean hasText;
    private ToolRound round;
    private int roundCount;
    private long inputTokens;
    private long outputTokens;
    private String finishReason;

    ModelRun(LangChain4jAgent agent, AgentRequest request, ChatRequestParameters parameters, List<ToolSpecification> tools,
            String systemPrompt) {
        this.agent = agent;
        this.request = request;
        this.given = ModelMessages.of(request);
        this.parameters = parameters;
        this.tools = tools;
        this.systemPrompt = systemPrompt;
        this.publisher = new ChunkPublisher(this, agent.executor());
    }

    ChunkPublisher publisher() {
        return publisher;
    }

    @Override
    public void produce(ChunkPublisher.Emitter out) {
        boolean goesOn = true;
        while (goesOn && out.isWanted()) {
            AgentEvent event = outgoing.poll();
            if (event == null) {
                goesOn = proceed(out);
            } else {
                emit(event, out);
            }
        }
    }

    private void emit(AgentEvent event, ChunkPublisher.Emitter out) {
        if (event instanceof AgentEvent.Text text) {
            hasText = true;
            if (isRemembered()) {
                delivered.append(text.text());
            }
        }
        out.emit(event);
    }

    /** @return whether there may be an event now; false if there will be later, or never. */
    private boolean proceed(ChunkPublisher.Emitter out) {
        return switch (step) {
            case REMEMBER -> remember();
            case AWAIT_MEMORY -> memory.isDone() && takeMemory(out);
            case ASK -> ask(out);
            case READ -> read(out);
            case AWAIT_TOOLS -> round.isDone() && takeToolResults();
            case SAVE -> save();
            case AWAIT_SAVED -> saved.isDone() && goTo(Step.FINISH);
            case FINISH -> finish(out);
        };
    }

    private boolean goTo(Step next) {
        step = next;
        return true;
    }

    private boolean isRemembered() {
        return agent.memory() != null && request.sessionId() != null;
    }

    /** Whoever sends the conversation himself is taken at his word: nothing is put in front of it. */
    private boolean isWholeConversation() {
        return request.payload().get("messages") instanceof List<?> messages && !messages.isEmpty();
    }

    private boolean remember() {
        if (!isRemembered() || isWholeConversation()) {
            memory = CompletableFuture.completedFuture(List.of());
        } else {
            memory = later(() -> agent.memory().history(request.user(), request.sessionId()));
        }
        return goTo(Step.AWAIT_MEMORY);
    }

    private <T> CompletableFuture<T> later(java.util.function.Supplier<T> task) {
        try {
            CompletableFuture<T> result = CompletableFuture.supplyAsync(task, agent.executor());
            result.whenComplete((value, error) -> publisher.wake());
            return result;
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private boolean takeMemory(ChunkPublisher.Emitter out) {
        if (memory.isCompletedExceptionally()) {
            memory.whenComplete((value, error) -> out.fail(AgentException.of(error, ErrorCode.INTERNAL)));
            return false;
        }
        if (systemPrompt != null) {
            conversation.add(SystemMessage.from(systemPrompt));
        }
        conversation.addAll(memory.join());
        turnStart = conversation.size();
        conversation.addAll(given);
        return goTo(Step.ASK);
    }

    private boolean ask(ChunkPublisher.Emitter out) {
        if (roundCount > agent.maxToolRounds()) {
            out.fail(new AgentException(ErrorCode.MODEL_ERROR,
                    "The model asked for tools more than " + agent.maxToolRounds() + " times in a row (maxToolRounds)"));
            return false;
        }
        hasText = false;
        ChatRequest asked = ChatRequest.builder().messages(conversation)
                .parameters(parameters.overrideWith(ChatRequestParameters.builder().toolSpecifications(tools).build())).build();
        call = new ModelCall(agent.chatModel(), asked, request.trace() == null ? Map.of() : request.trace().headers(), publisher::wake);
        call.begin(agent.executor());
        return goTo(Step.READ);
    }

    private boolean read(ChunkPublisher.Emitter out) {
        AgentEvent piece = call.poll();
        if (piece != null) {
            outgoing.add(piece);
            return true;
        }
        ModelCall.Result result = call.result();
        if (result == null) {
            return false;
        }
        if (result.error() != null) {
            call.cancel();
            out.fail(agent.failures().of(result.error(), modelName()));
            return false;
        }
        take(result.response());
        return true;
    }

    private String modelName() {
        String own = parameters.modelName();
        return own != null ? own : agent.model();
    }

    private void take(ChatResponse response) {
        AiMessage answer = response.aiMessage();
        if (!hasText && answer.text() != null && !answer.text().isEmpty()) {
            outgoing.add(new AgentEvent.Text(answer.text()));
        }
        report(response.tokenUsage());
        if (answer.hasToolExecutionRequests()) {
            roundCount++;
            round = new ToolRound(answer, toolCallIds, roundCount, outgoing, publisher::wake);
            step = Step.AWAIT_TOOLS;
        } else {
            conversation.add(answer);
            finishReason = ModelMessages.finishReason(response.finishReason() == FinishReason.TOOL_EXECUTION
                    ? FinishReason.STOP : response.finishReason());
            step = Step.SAVE;
        }
    }

    private void report(TokenUsage usage) {
        if (usage != null && usage.inputTokenCount() != null && usage.outputTokenCount() != null) {
            inputTokens += Math.max(0, usage.inputTokenCount());
            outputTokens += Math.max(0, usage.outputTokenCount());
            outgoing.add(new AgentEvent.UsageReported(Usage.of(inputTokens, outputTokens)));
        }
    }

    private boolean takeToolResults() {
        conversation.addAll(round.messages());
        round = null;
        return goTo(Step.ASK);
    }

    /** An answer without text would stay in the way of the next one: models refuse it. */
    private boolean save() {
        AiMessage answer = (AiMessage) conversation.get(conversation.size() - 1);
        if (!isRemembered() || answer.text() == null || answer.text().isBlank()) {
            return goTo(Step.FINISH);
        }
        saved = saveTurn(List.copyOf(conversation.subList(turnStart, conversation.size())));
        return goTo(Step.AWAIT_SAVED);
    }

    private CompletableFuture<Void> saveTurn(List<ChatMessage> turn) {
        CompletableFuture<Void> result = later(() -> {
            agent.memory().append(request.user(), request.sessionId(), isWholeConversation(), turn);
            return null;
        });
        return result.exceptionally(error -> {
            agent.logForgotten(request.requestId(), error);
            return null;
        });
    }

    private boolean finish(ChunkPublisher.Emitter out) {
        out.finish(finishReason);
        return false;
    }

    /** Of a turn that is broken off, what the viewer got is remembered: it is what the user will refer to. */
    @Override
    public CompletionStage<Boolean> close() {
        CompletionStage<Boolean> closed = call == null ? CompletableFuture.completedFuture(true) : call.cancel();
        boolean isOver = step == Step.AWAIT_SAVED || step == Step.FINISH;
        if (isOver || !isRemembered() || delivered.toString().isBlank()) {
            return closed;
        }
        List<ChatMessage> turn = new ArrayList<>(given);
        turn.add(AiMessage.from(delivered.toString()));
        return closed.thenCombine(saveTurn(turn), (isClosed, nothing) -> isClosed);
    }
}
