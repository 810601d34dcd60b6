package io.neurolink.agent.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.service.tool.ToolExecutionResult;
import io.neurolink.agent.envelope.EnvelopeException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What tools gave, as JSON values. */
final class ToolResults {
    private ToolResults() {
    }

    /** @return the JSON value that LangChain4j would tell a model; a list of content objects, as MCP has them, where it is not text. */
    static Object valueOf(ToolExecutionResult result) {
        List<Content> contents = result.resultContents();
        if (contents.size() == 1 && contents.get(0) instanceof TextContent text) {
            return read(text.text());
        }
        return contents.stream().map(ToolResults::content).toList();
    }

    private static Object read(String text) {
        try {
            return ToolJson.read(text);
        } catch (EnvelopeException e) {
            return text;
        }
    }

    private static Map<String, Object> content(Content content) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("type", content.type().name().toLowerCase(Locale.ROOT));
        if (content instanceof TextContent text) {
            value.put("text", text.text());
        } else if (content instanceof ImageContent picture) {
            Image image = picture.image();
            value.put("mimeType", image.mimeType());
            value.put(image.url() == null ? "data" : "url", image.url() == null ? image.base64Data() : image.url());
        }
        return value;
    }
}
