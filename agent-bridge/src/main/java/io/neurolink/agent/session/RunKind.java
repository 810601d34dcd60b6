package io.neurolink.agent.session;

/** What the viewer of a run gets to see. */
enum RunKind {
    /** {@code accepted}, {@code stream_start}, every event, {@code stream_complete}. */
    STREAM,
    /** One {@code response} with the whole text. */
    GENERATE,
    /** One {@code tool_result}. */
    TOOL;

    /** @return type of the message that asks for it. */
    String wireName() {
        return switch (this) {
            case STREAM -> "stream";
            case GENERATE -> "generate";
            case TOOL -> "tool_call";
        };
    }
}
