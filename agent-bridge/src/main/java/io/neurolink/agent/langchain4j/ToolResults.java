package io.neurolink.agent.langchain4j;

import io.neurolink.agent.envelope.EnvelopeException;

/** What tools gave, as JSON values. */
final class ToolResults {
    private ToolResults() {
    }

    /** @return the JSON value that a text is, or the text itself. */
    static Object read(String text) {
        if (text == null) {
            return null;
        }
        try {
            return ToolJson.read(text);
        } catch (EnvelopeException e) {
            return text;
        }
    }
}
