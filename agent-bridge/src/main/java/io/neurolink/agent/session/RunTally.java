package io.neurolink.agent.session;

import io.neurolink.agent.spi.Usage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** What a run has produced so far: text, tool calls that are open, tokens, times. Not safe for use by several threads. */
final class RunTally {
    private static final long NONE = -1;

    private final long inputLength;
    private final long receivedNs;
    private final StringBuilder answer = new StringBuilder();
    private final Map<String, OpenTool> openTools = new LinkedHashMap<>();
    private long startedNs;
    private boolean isStarted;
    private long firstNs = NONE;
    private long producedChars;
    private Usage reportedUsage;

    /**
     * A tool that has not ended.
     *
     * @param name      name of the tool
     * @param startedNs when it began
     */
    record OpenTool(String name, long startedNs) {
    }

    RunTally(long inputLength, long receivedNs) {
        this.inputLength = inputLength;
        this.receivedNs = receivedNs;
    }

    void started(long nowNs) {
        startedNs = nowNs;
        isStarted = true;
    }

    void produced(int chars, long nowNs) {
        if (firstNs == NONE) {
            firstNs = nowNs - receivedNs;
        }
        producedChars += chars;
    }

    StringBuilder answer() {
        return answer;
    }

    void reported(Usage usage) {
        reportedUsage = usage;
    }

    int openToolCount() {
        return openTools.size();
    }

    /** @return false if the call is open already. */
    boolean openTool(String toolCallId, String name, long nowNs) {
        return openTools.putIfAbsent(toolCallId, new OpenTool(name, nowNs)) == null;
    }

    /** @return false if there is no such call. */
    boolean closeTool(String toolCallId) {
        return openTools.remove(toolCallId) != null;
    }

    /** Gives up all calls that are open, in the order in which they began. */
    void closeTools(BiConsumer<String, OpenTool> eachBefore) {
        openTools.forEach(eachBefore);
        openTools.clear();
    }

    Usage usage() {
        return reportedUsage != null ? reportedUsage : Usage.estimate(inputLength, producedChars);
    }

    RunEvents.Timing timing(long nowNs) {
        return new RunEvents.Timing(millis(startedNs - receivedNs), firstNs == NONE ? NONE : millis(firstNs), millis(nowNs - receivedNs));
    }

    /** @return time from the request until the agent was asked, or now if it was not, in nanoseconds. */
    long queuedNs(long nowNs) {
        return (isStarted ? startedNs : nowNs) - receivedNs;
    }

    /** @return time from the request until the first text, in nanoseconds, or a negative number. */
    long firstNs() {
        return firstNs;
    }

    /** @return time from the request until now, in nanoseconds. */
    long totalNs(long nowNs) {
        return nowNs - receivedNs;
    }

    static long millis(long ns) {
        return TimeUnit.NANOSECONDS.toMillis(ns);
    }
}
