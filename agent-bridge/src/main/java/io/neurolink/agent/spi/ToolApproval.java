package io.neurolink.agent.spi;

/** Who decides whether a tool runs, and where. */
public enum ToolApproval {
    /** It runs on the server as soon as the agent asks for it. */
    AUTO("auto"),
    /** It runs on the server after a viewer has approved the call. */
    REQUIRED("required"),
    /** A viewer runs it and sends its result. */
    CLIENT("client");

    private final String wireName;

    ToolApproval(String wireName) {
        this.wireName = wireName;
    }

    /** @return the word that stands for it in messages. */
    public String wireName() {
        return wireName;
    }
}
