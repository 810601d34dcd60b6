package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentMessage;
import io.neurolink.agent.spi.AgentOptions;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.support.EventLog;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An agent on a model that comes from elsewhere and does as it likes with threads. */
@Timeout(120)
class BroughtModelTest {
    private static StreamingChatModel model(Answer answer) {
        return new StreamingChatModel() {
            @Override
            public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
                answer.run(request, handler);
            }
        };
    }

    /** What a model says. */
    private interface Answer {
        void run(ChatRequest request, StreamingChatResponseHandler handler);
    }

    private static ChatResponse response(String text) {
        return ChatResponse.builder().aiMessage(AiMessage.from(text)).build();
    }

    private static EventLog run(StreamingChatModel model) {
        return EventLog.of(LangChain4jAgent.builder().model(model).build().run(AgentRequest.of("r", "hi")));
    }

    @Test
    void shouldTakeOneThatAnswersWithinTheCall() {
        EventLog log = run(model((request, handler) -> {
            handler.onPartialResponse("one ");
            handler.onPartialResponse("two");
            handler.onCompleteResponse(response("one two"));
            handler.onError(new IllegalStateException("too late"));
        }));
        assertEquals("one two", log.text());
    }

    @Test
    void shouldShowTheAnswerOfOneThatDoesNotStream() {
        assertEquals("whole", run(model((request, handler) -> handler.onCompleteResponse(response("whole")))).text());
    }

    @Test
    void shouldFailWithOneThatThrows() {
        assertEquals("MODEL_ERROR", run(model((request, handler) -> {
            throw new IllegalStateException("out of order");
        })).failure().code());
    }

    @Test
    void shouldMakeTheModelWaitWhileNobodyReads() throws Exception {
        AtomicInteger said = new AtomicInteger();
        CountDownLatch over = new CountDownLatch(1);
        EventLog log = EventLog.paused(LangChain4jAgent.builder().model(model((request, handler) -> {
            for (int i = 0; i < 10_000; i++) {
                handler.onPartialResponse("x");
                said.incrementAndGet();
            }
            over.countDown();
            handler.onCompleteResponse(response("x"));
        })).build().run(AgentRequest.of("r", "hi")));
        log.request(1);
        log.next();
        assertFalse(over.await(200, TimeUnit.MILLISECONDS));
        assertTrue(said.get() <= ModelCall.HIGH + 2, "said " + said);
        log.request(Long.MAX_VALUE);
        assertTrue(over.await(60, TimeUnit.SECONDS));
        assertEquals(10_000, log.text().length());
    }

    @Test
    void shouldInterruptOneThatBlocksAndStopOneThatWaits() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        EventLog log = run(model((request, handler) -> {
            blocked.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        }));
        assertTrue(blocked.await(60, TimeUnit.SECONDS));
        log.beginCancel();
        assertTrue(interrupted.await(60, TimeUnit.SECONDS));
        assertFalse(log.isEnded());
    }

    @Test
    void shouldCancelByTheHandleAlsoWhenItComesLater() throws Exception {
        AtomicReference<StreamingChatResponseHandler> handlers = new AtomicReference<>();
        CountDownLatch called = new CountDownLatch(1);
        EventLog log = run(model((request, handler) -> {
            handlers.set(handler);
            called.countDown();
        }));
        assertTrue(called.await(60, TimeUnit.SECONDS));
        CompletableFuture<Boolean> cancelling = CompletableFuture.supplyAsync(log::cancel);
        AtomicBoolean isCancelled = new AtomicBoolean();
        StreamingHandle handle = new StreamingHandle() {
            @Override
            public void cancel() {
                isCancelled.set(true);
            }

            @Override
            public boolean isCancelled() {
                return isCancelled.get();
            }
        };
        while (!cancelling.isDone()) {
            handlers.get().onPartialResponse(new PartialResponse("x"), new PartialResponseContext(handle));
            Thread.onSpinWait();
        }
        assertTrue(cancelling.join());
        assertTrue(isCancelled.get());
        handlers.get().onError(new IllegalStateException("closed"));
        assertFalse(log.isEnded());
    }

    @Test
    void shouldTellTheModelOnlyOfToolsThatMayBeUsed() {
        AtomicReference<ChatRequest> asked = new AtomicReference<>();
        AgentTool one = AgentTool.of("one", "", "{\"type\":\"object\"}", call -> CompletableFuture.completedStage(1));
        AgentTool two = AgentTool.of("two", "", "{\"type\":\"object\"}", call -> CompletableFuture.completedStage(2));
        LangChain4jAgent agent = LangChain4jAgent.builder().tools(one, two).systemPrompt("Be kind.").model(model((request, handler) -> {
            asked.set(request);
            handler.onCompleteResponse(response("ok"));
        })).build();
        EventLog.of(agent.run(new AgentRequest("r", "hi", List.of(AgentMessage.user("hi")), AgentOptions.NONE, null, null, List.of(),
                Map.of("tools", List.of("two"))))).text();
        assertEquals(List.of("two"), asked.get().toolSpecifications().stream().map(tool -> tool.name()).toList());
        assertEquals(2, asked.get().messages().size());
        assertThrows(IllegalArgumentException.class, () -> LangChain4jAgent.builder().model(agent.chatModel()).tools(one, one).build());
        assertThrows(NullPointerException.class, () -> LangChain4jAgent.builder().build());
        assertEquals(AgentEvent.Finished.class, EventLog.of(agent.run(AgentRequest.of("r", "x"))).events().get(1).getClass());
    }
}
