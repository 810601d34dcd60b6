package io.neurolink.agent.spi;

/** Who decides whether a tool runs, and where; from the least to the most strict. */
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

    /**
     * {@return the stricter of both}
     *
     * @param other another rule, or null.
     */
    public ToolApproval orStricter(ToolApproval other) {
        return other != null && other.compareTo(this) > 0 ? other : this;
    }

    /** {@return the word that stands for it in messages} */
    public String wireName() {
        return wireName;
    }
}
