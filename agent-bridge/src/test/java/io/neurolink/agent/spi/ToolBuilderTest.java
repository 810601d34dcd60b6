package io.neurolink.agent.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.EnvelopeReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ToolBuilderTest {
    private static Object json(String text) {
        return new EnvelopeReader(10_000, 32, 1000).readValue(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static ToolCall call(Map<String, Object> args) {
        return new ToolCall("c", args, null, new CancellationSource());
    }

    private static String message(Executable executable) {
        AgentException error = assertThrows(AgentException.class, executable);
        assertEquals("INVALID_PAYLOAD", error.code());
        return error.getMessage();
    }

    @Test
    void shouldMakeTheSchemaOfTheParameters() {
        AgentTool tool = AgentTool.named("t").description("d").string("s", "A \"text\"\n\\").number("n", "").wholeNumber("w", "")
                .bool("b", "").optionalString("os", "").optionalNumber("on", "").optionalWholeNumber("ow", "").optionalBool("ob", "")
                .async(call -> CompletableFuture.completedStage(1));
        assertEquals(json("""
                {"type":"object","properties":{"s":{"type":"string","description":"A \\"text\\"\\n\\\\"},"n":{"type":"number"},
                "w":{"type":"integer"},"b":{"type":"boolean"},"os":{"type":"string"},"on":{"type":"number"},"ow":{"type":"integer"},
                "ob":{"type":"boolean"}},"required":["s","n","w","b"]}"""), json(tool.inputSchema()));
        assertEquals("t", tool.name());
        assertEquals("d", tool.description());
        assertEquals(ToolApproval.AUTO, tool.approval());
        assertNull(tool.timeout());
        assertEquals(json("{\"type\":\"object\",\"properties\":{}}"), json(AgentTool.named("t").client().inputSchema()));
        assertEquals("{\"x\":1}", AgentTool.named("t").inputSchema("{\"x\":1}").client().inputSchema());
        assertThrows(IllegalArgumentException.class, () -> AgentTool.named("t").string("a", "").number("a", ""));
    }

    @Test
    void shouldHaveRulesOfItsOwn() throws Exception {
        AgentTool tool = AgentTool.named("t").approval(ToolApproval.REQUIRED).timeout(Duration.ofSeconds(3)).blocking(call -> "done");
        assertEquals(ToolApproval.REQUIRED, tool.approval());
        assertEquals(Duration.ofSeconds(3), tool.timeout());
        assertEquals("done", tool.call(call(Map.of())).toCompletableFuture().get(60, TimeUnit.SECONDS));
        AgentTool other = tool.withApproval(ToolApproval.AUTO);
        assertEquals(Duration.ofSeconds(3), other.timeout());
        assertNull(other.withTimeout(null).timeout());
        assertEquals(ToolApproval.AUTO, other.withTimeout(Duration.ofMillis(1)).approval());
        assertEquals("", other.description());
        assertThrows(IllegalArgumentException.class, () -> tool.withTimeout(Duration.ZERO));
        AgentTool client = AgentTool.named("c").timeout(Duration.ofSeconds(9)).client();
        assertEquals(ToolApproval.CLIENT, client.approval());
        assertEquals(Duration.ofSeconds(9), client.timeout());
        assertEquals("The tool c is run by clients", assertThrows(AgentException.class, () -> client.call(call(Map.of()))).getMessage());
    }

    @Test
    void shouldFindTheStricterApproval() {
        assertEquals(ToolApproval.REQUIRED, ToolApproval.AUTO.orStricter(ToolApproval.REQUIRED));
        assertEquals(ToolApproval.CLIENT, ToolApproval.CLIENT.orStricter(ToolApproval.REQUIRED));
        assertEquals(ToolApproval.AUTO, ToolApproval.AUTO.orStricter(null));
    }

    @Test
    void shouldGiveTypedArguments() {
        Map<String, Object> args = new HashMap<>(Map.of("s", "text", "n", 1.5, "w", 7L, "f", 7.0, "b", true, "huge", 1e300));
        args.put("null", null);
        ToolCall call = call(args);
        assertEquals("text", call.string("s"));
        assertEquals("other", call.string("missing", "other"));
        assertEquals("other", call.string("null", "other"));
        assertNull(call.string("missing", null));
        assertEquals(1.5, call.number("n"));
        assertEquals(2, call.number("missing", 2));
        assertEquals(7, call.wholeNumber("w"));
        assertEquals(7, call.wholeNumber("f"));
        assertEquals(9, call.wholeNumber("missing", 9));
        assertTrue(call.bool("b"));
        assertTrue(call.bool("missing", true));
        assertEquals("args.missing must be a string", message(() -> call.string("missing")));
        assertEquals("args.n must be a string", message(() -> call.string("n", "default")));
        assertEquals("args.s must be a number", message(() -> call.number("s")));
        assertEquals("args.n must be a whole number", message(() -> call.wholeNumber("n")));
        assertEquals("args.huge must be a whole number", message(() -> call.wholeNumber("huge")));
        assertEquals("args.s must be a whole number", message(() -> call.wholeNumber("s", 1)));
        assertEquals("args.null must be true or false", message(() -> call.bool("null")));
        assertEquals("args.w must be true or false", message(() -> call.bool("w", true)));
    }

    @Test
    void shouldGiveAnAgentTools() {
        AgentTool one = AgentTool.named("one").client();
        AgentTool two = AgentTool.named("two").client();
        Agent plain = Agent.of("plain", (request, sink) -> sink.text("x"));
        Agent with = plain.withTools(one, two);
        assertEquals("plain", with.name());
        assertEquals(List.of(one, two), with.tools());
        assertEquals(List.of(two), with.withTools(two).tools());
        assertEquals(List.of(), plain.tools());
    }
}
