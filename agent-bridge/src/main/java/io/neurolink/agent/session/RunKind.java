package io.neurolink.agent.session;

/** What the viewer of a run gets to see. */
enum RunKind {
    /** {@code accepted}, {@code stream_start}, every event, {@code stream_complete}. */
    STREAM("stream"),
    /** One {@code response} with the whole text. */
    GENERATE("generate"),
    /** One {@code tool_result}. */
    TOOL("tool_call");

    private final String type;

    RunKind(String type) {
        this.type = type;
    }

    /** @return type of the message that asks for it. */
    String type() {
        return type;
    }
}
