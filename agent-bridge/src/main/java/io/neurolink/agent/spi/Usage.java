package io.neurolink.agent.spi;

/**
 * Tokens consumed by a run.
 *
 * @param inputTokens  tokens of the prompt, at least 0
 * @param outputTokens tokens of the answer, at least 0
 * @param isEstimated  true if they were counted by a rule of thumb because the model did not say
 */
public record Usage(long inputTokens, long outputTokens, boolean isEstimated) {
    private static final int CHARS_PER_TOKEN = 4;

    /** Checks the counts. */
    public Usage {
        if (inputTokens < 0 || outputTokens < 0) {
            throw new IllegalArgumentException("tokens must not be negative: " + inputTokens + ", " + outputTokens);
        }
    }

    /**
     * Counts reported by the model.
     *
     * @param inputTokens  tokens of the prompt.
     * @param outputTokens tokens of the answer.
     * @return the usage, not estimated.
     */
    public static Usage of(long inputTokens, long outputTokens) {
        return new Usage(inputTokens, outputTokens, false);
    }

    /**
     * Counts by rule of thumb: four characters are a token.
     *
     * @param inputChars  characters of the prompt.
     * @param outputChars characters of the answer.
     * @return the usage, marked as estimated.
     */
    public static Usage estimate(long inputChars, long outputChars) {
        return new Usage(tokensOf(inputChars), tokensOf(outputChars), true);
    }

    /** {@return sum of both} */
    public long totalTokens() {
        return inputTokens + outputTokens;
    }

    private static long tokensOf(long chars) {
        return (chars + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN;
    }
}
