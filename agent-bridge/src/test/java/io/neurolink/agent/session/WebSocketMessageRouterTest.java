package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.agent.support.CapturingLoggers;
import io.neurolink.agent.support.FakeConnection;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketError;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import io.neurolink.engine.spi.WebSocketMessageType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The router on its own, as an application uses it. */
class WebSocketMessageRouterTest {
    private record Answer(String type, int number) {
    }

    private final WebSocketMessageRouter router = new WebSocketMessageRouter();
    private CompletionStage<SendResult> handled;
    private final FakeConnection connection = new FakeConnection().ownMessages().open(new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection from, WebSocketMessage message) {
            handled = router.handle(from, message);
        }
    });

    private SendResult result() {
        return handled.toCompletableFuture().join();
    }

    private Map<String, Object> answerTo(String json) {
        connection.take();
        connection.receive(json);
        List<Map<String, Object>> answers = connection.messages();
        assertEquals(1, answers.size());
        return answers.get(0);
    }

    @Test
    void shouldListItsRoutesInOrder() {
        router.route("generate", (from, payload) -> null).route("stream", (from, payload) -> null);
        router.route("tool_call", (from, payload) -> null);
        router.route("generate", (from, payload) -> 1);
        assertEquals(List.of("generate", "stream", "tool_call"), router.getRoutes());
        assertThrows(IllegalArgumentException.class, () -> router.route("", (from, payload) -> null));
    }

    @Test
    void shouldSendWhatAHandlerAnswers() {
        router.route("map", (from, payload) -> Map.of("type", "response", "content", payload.get("prompt")));
        router.route("record", (from, payload) -> new Answer("answer", 42));
        router.route("later", (from, payload) -> CompletableFuture.supplyAsync(() -> Map.of("type", "late")));
        assertEquals(Map.of("type", "response", "content", "hi"), answerTo("{\"type\":\"map\",\"payload\":{\"prompt\":\"hi\"}}"));
        assertEquals(SendResult.ACCEPTED, result());
        assertEquals(Map.of("type", "answer", "number", 42L), answerTo("{\"type\":\"record\"}"));
        connection.take();
        connection.receive("{\"type\":\"later\"}");
        assertEquals(SendResult.ACCEPTED, result());
        assertEquals(List.of(Map.of("type", "late")), connection.messages());
    }

    @Test
    void shouldSendNothingForNull() {
        router.route("null", (from, payload) -> null);
        router.route("laterNull", (from, payload) -> CompletableFuture.completedStage(null));
        for (String type : List.of("null", "laterNull")) {
            connection.receive("{\"type\":\"" + type + "\"}");
            assertEquals(SendResult.ACCEPTED, result());
        }
        assertEquals(List.of(), connection.messages());
    }

    @Test
    void shouldGiveTheWholeMessageToWhoWantsIt() {
        router.routeEnvelope("echo", (from, message) ->
                Map.of("type", message.type(), "id", message.requestId(), "x", message.fields().raw("x")));
        assertEquals(Map.of("type", "echo", "id", "r", "x", 1L), answerTo("{\"type\":\"echo\",\"requestId\":\"r\",\"x\":1}"));
    }

    @Test
    void shouldAnswerErrorsWithTheTextsOfTheReference() {
        assertEquals("Invalid JSON message", answerTo("{").get("error"));
        assertEquals("INVALID_JSON", answerTo("{").get("code"));
        assertEquals("Message type is required", answerTo("{\"payload\":{}}").get("error"));
        assertEquals("TYPE_REQUIRED", answerTo("[]").get("code"));
        assertEquals("Unknown message type: nothing", answerTo("{\"type\":\"nothing\"}").get("error"));
        assertEquals("UNKNOWN_TYPE", answerTo("{\"type\":\"nothing\"}").get("code"));
        connection.take();
        connection.receive(WebSocketMessageType.BINARY, new byte[] {1, 2});
        assertEquals("Only text messages are supported for routing", connection.messages().get(0).get("error"));
        assertTrue(connection.isOpen());
    }

    @Test
    void shouldGiveEveryFailureOfAHandlerACode() {
        router.route("agent", (from, payload) -> {
            throw new AgentException(ErrorCode.RATE_LIMITED, "slow down");
        });
        router.route("socket", (from, payload) -> {
            throw new WebSocketError("broken", from.id());
        });
        router.route("other", (from, payload) -> {
            throw new IOException("disk");
        });
        router.route("stage", (from, payload) -> CompletableFuture.supplyAsync(() -> {
            throw new IllegalStateException("async");
        }));
        router.route("field", (from, payload) -> Integer.parseInt("x"));
        assertEquals(Map.of("type", "error", "error", "slow down", "code", "RATE_LIMITED", "retryable", true, "inReplyTo", "agent"),
                answerTo("{\"type\":\"agent\"}"));
        assertEquals("WEBSOCKET_ERROR", answerTo("{\"type\":\"socket\"}").get("code"));
        assertEquals(Map.of("type", "error", "error", "disk", "code", "UNKNOWN_ERROR", "retryable", false, "inReplyTo", "other"),
                answerTo("{\"type\":\"other\"}"));
        connection.take();
        connection.receive("{\"type\":\"stage\"}");
        result();
        assertEquals("async", connection.messages().get(0).get("error"));
        assertEquals("UNKNOWN_ERROR", answerTo("{\"type\":\"field\"}").get("code"));
        assertTrue(CapturingLoggers.lines().stream().anyMatch(line -> line.contains("message type other failed") && line.contains("disk")));
        assertFalse(CapturingLoggers.lines().stream().anyMatch(line -> line.contains("slow down")), "what has a code is no surprise");
    }

    @Test
    void shouldAnswerWhatCannotBeWrittenWithAnError() {
        router.route("odd", (from, payload) -> new Object());
        assertEquals("INTERNAL", answerTo("{\"type\":\"odd\"}").get("code"));
    }

    @Test
    void shouldRefuseAPayloadThatIsNoObjectOnlyWhereItIsAskedFor() {
        router.route("x", (from, payload) -> payload);
        router.routeEnvelope("y", (from, message) -> List.of(message.fields().raw("payload")));
        assertEquals("payload must be an object", answerTo("{\"type\":\"x\",\"payload\":[1]}").get("error"));
        connection.take();
        router.routeEnvelope("y", (from, message) -> Map.of("got", message.fields().raw("payload")));
        assertEquals(Map.of("got", "text"), answerTo("{\"type\":\"y\",\"payload\":\"text\"}"));
    }

    @Test
    void shouldTellWhatBecameOfTheAnswer() {
        router.route("x", (from, payload) -> Map.of());
        connection.laneFull(true);
        connection.receive("{\"type\":\"x\"}");
        assertEquals(SendResult.BACK_PRESSURED, result());
        connection.receive("{\"type\":\"unknown\"}");
        assertEquals(SendResult.BACK_PRESSURED, result());
        connection.laneFull(false);
        connection.disconnect();
        connection.receive("{\"type\":\"x\"}");
        assertEquals(SendResult.CLOSED, result());
    }

    @Test
    void shouldLeaveControlFramesAlone() {
        connection.receive(WebSocketMessageType.PING, new byte[0]);
        assertEquals(SendResult.ACCEPTED, result());
        assertEquals(List.of(), connection.messages());
    }
}
