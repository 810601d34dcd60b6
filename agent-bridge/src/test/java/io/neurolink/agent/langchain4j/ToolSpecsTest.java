package io.neurolink.agent.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import io.neurolink.agent.spi.AgentTool;
import io.neurolink.agent.spi.ToolDeclaration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolSpecsTest {
    @Test
    void shouldKeepEveryKeywordOfTheProperties() {
        String schema = """
                {"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":1,"maximum":14},
                "unit":{"oneOf":[{"const":"C"},{"const":"F"}]}},"required":["city"],"additionalProperties":false}""";
        ToolSpecification spec = ToolSpecs.of("forecast", "Tells the weather.", schema);
        assertEquals("forecast", spec.name());
        assertEquals("Tells the weather.", spec.description());
        assertEquals(List.of("city"), spec.parameters().required());
        assertTrue(spec.parameters().properties().get("city") instanceof JsonStringSchema);
        assertTrue(spec.parameters().properties().get("days") instanceof JsonRawSchema);
        assertEquals(ToolJson.read(schema), ToolJson.read(ToolSpecs.inputSchema(spec)));
    }

    @Test
    void shouldLeaveOutWhatTheRootCannotHave() {
        ToolSpecification spec = ToolSpecs.of("t", "", """
                {"$schema":"https://json-schema.org/draft/2020-12/schema","title":"T","oneOf":[{"required":["a"]}],
                "properties":{"a":true,"b":false},"additionalProperties":{"type":"string"}}""");
        assertNull(spec.description());
        assertEquals(ToolJson.read("{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{\"not\":{}}}}"),
                ToolJson.read(ToolSpecs.inputSchema(spec)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"type\":\"object\"}", "{\"type\":[\"object\",\"null\"]}"})
    void shouldTakeSchemasThatSayNothing(String schema) {
        assertEquals(ToolJson.read("{\"type\":\"object\"}"), ToolJson.read(ToolSpecs.inputSchema(ToolSpecs.of("t", "d", schema))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "true", "{", "{\"properties\":{\"a\":5}}", "{\"required\":\"a\"}"})
    void shouldNameTheToolWhoseSchemaIsWrong(String schema) {
        String message = assertThrows(IllegalArgumentException.class, () -> ToolSpecs.of("fly", "d", schema)).getMessage();
        assertTrue(message.startsWith("input schema of tool fly: "), message);
    }

    @Test
    void shouldDescribeToolsOfAgentAndClient() {
        AgentTool tool = AgentTool.of("a", "d", "{}", call -> CompletableFuture.completedStage(1));
        assertEquals(ToolSpecs.of("a", "d", "{}"), ToolSpecs.of(tool));
        assertEquals(ToolSpecs.of("a", "d", "{}"), ToolSpecs.of(new ToolDeclaration("a", "d", "{}")));
    }

    @Test
    void shouldHaveAnObjectAsSchemaWhereTheToolHasNoParameters() {
        assertEquals("{\"type\":\"object\"}", ToolSpecs.inputSchema(ToolSpecification.builder().name("t").build()));
    }
}
