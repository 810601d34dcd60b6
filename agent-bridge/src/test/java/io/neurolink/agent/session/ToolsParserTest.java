package io.neurolink.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.envelope.Envelope;
import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.ToolDeclaration;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolsParserTest {
    private static AgentRequest parse(String tools) {
        byte[] message = ("{\"type\":\"stream\",\"payload\":{\"prompt\":\"p\",\"tools\":" + tools + "}}").getBytes(StandardCharsets.UTF_8);
        Envelope envelope = new EnvelopeReader(1 << 20, 64, 10_000).read(ByteBuffer.wrap(message));
        return RequestParser.parse(envelope, "r", null, Set.of("add", "echo"), null);
    }

    @Test
    void shouldReadDeclarationsAsTheyAreWritten() {
        assertEquals(List.of(
                new ToolDeclaration("a", "", "{\"type\":\"object\"}"),
                new ToolDeclaration("b", "d", "{\"type\":\"object\",\"properties\":{\"x\":true}}"),
                new ToolDeclaration("c", "", "{\"required\":[\"x\"]}"),
                new ToolDeclaration("d", "e", "{}")),
                parse("""
                        [{"name":"a"},{"name":"b","description":"d","parameters":{"type":"object","properties":{"x":true}}},
                        {"name":"c","inputSchema":{"required":["x"]}},
                        {"type":"function","function":{"name":"d","description":"e","parameters":{}}}]""").clientTools());
        assertEquals(List.of(), parse("null").clientTools());
    }

    @Test
    void shouldRestrictTheToolsOfTheAgentToThoseNamed() {
        assertTrue(parse("null").mayUseTool("add"));
        assertTrue(parse("[{\"name\":\"a\"}]").mayUseTool("add"));
        assertFalse(parse("[]").mayUseTool("add"));
        assertTrue(parse("[\"add\",{\"name\":\"a\"}]").mayUseTool("add"));
        assertFalse(parse("[\"add\",{\"name\":\"a\"}]").mayUseTool("echo"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "5                                                   | payload.tools must be an array",
        "[5]                                                 | payload.tools[0] must be a name or an object",
        "[{}]                                                | payload.tools[0].name is required",
        "[{\"name\":\"\"}]                                   | payload.tools[0].name must be 1 to 64 letters, digits, _ or -",
        "[{\"name\":\"a b\"}]                                | payload.tools[0].name must be 1 to 64 letters, digits, _ or -",
        "[{\"name\":\"add\"}]                                | payload.tools[0].name is that of a tool of the agent: add",
        "[{\"name\":\"a\"},{\"name\":\"a\"}]                 | payload.tools[1].name occurs twice: a",
        "[{\"name\":\"a\",\"parameters\":[]}]                | payload.tools[0].parameters must be an object",
        "[{\"name\":\"a\",\"parameters\":{\"type\":\"string\"}}] | payload.tools[0]: the type of the parameters must be \"object\"",
        "[{\"name\":\"a\",\"parameters\":{\"properties\":{\"x\":1}}}] | payload.tools[0]: the schema of parameter x must be an object",
        "[{\"name\":\"a\",\"parameters\":{\"required\":[1]}}] | payload.tools[0]: required parameters must be names",
    })
    void shouldNameWhatIsWrong(String tools, String text) {
        RuntimeException error = assertThrows(RuntimeException.class, () -> parse(tools));
        assertTrue(error instanceof EnvelopeException || ((AgentException) error).code().equals("INVALID_PAYLOAD"));
        assertEquals(text, error.getMessage());
    }

    @Test
    void shouldRefuseNamesThatTheAgentDoesNotHaveAndTooMany() {
        AgentException unknown = assertThrows(AgentException.class, () -> parse("[\"fly\"]"));
        assertEquals("TOOL_NOT_FOUND", unknown.code());
        assertEquals("payload.tools[0]: the agent has no such tool", unknown.getMessage());
        assertThrows(AgentException.class, () -> parse("[" + "\"add\",".repeat(128) + "\"add\"]"));
    }
}
