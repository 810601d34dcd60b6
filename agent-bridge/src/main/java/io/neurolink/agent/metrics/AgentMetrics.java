package io.neurolink.agent.metrics;

import io.neurolink.engine.metrics.HistogramSnapshot;
import io.neurolink.engine.metrics.MetricFamily;
import java.util.List;
import java.util.Map;

/**
 * What the runs of one agent are measured by, as it was at one moment. Made by {@code AgentHandler.metrics()}; cheap enough for every
 * second. The values are read one after the other while runs go on: two of them may differ by what happened in between. Durations are
 * nanoseconds.
 *
 * @param agent     name of the agent
 * @param now       what there is at present
 * @param runs      what became of runs, by kind: {@code stream}, {@code generate}, {@code tool_call}
 * @param errors    runs that failed, by error code; all codes of the protocol, and {@code other}
 * @param refused   requests for runs that became none, by error code; the same codes
 * @param models    runs of the agent by the model asked for, {@code none} where there is none to name, {@code other} for those beyond the
 *                  limit of names and for names with which no run has succeeded yet; without tool calls of clients
 * @param cancels   from the request to stop until the run had ended, by whether the agent closed what it held open: {@code true},
 *                  {@code false}, {@code unknown}
 * @param tools     calls by tool, those of clients under the name {@code client}, those without a tool under {@code other}
 * @param resumes   answers to {@code resume}: {@code resumed}, or why not
 * @param started   runs that were started
 * @param pauses    times an agent had to wait because the log of its run was full
 * @param detached  viewers that fell too far behind
 * @param forgotten runs that have ended and are not kept any more
 */
public record AgentMetrics(
        String agent,
        Present now,
        Map<String, Ends> runs,
        Map<String, Long> errors,
        Map<String, Long> refused,
        Map<String, ModelUse> models,
        Map<String, HistogramSnapshot> cancels,
        Map<String, ToolUse> tools,
        Map<String, Long> resumes,
        long started,
        long pauses,
        long detached,
        long forgotten) {

    /**
     * What there is at present.
     *
     * @param active        runs that have not ended
     * @param kept          runs that have ended and can be resumed
     * @param viewers       connections that look at runs, each counted once for each run
     * @param logBytes      memory of the events of all runs
     * @param logLimitBytes how much that may be
     */
    public record Present(long active, long kept, long viewers, long logBytes, long logLimitBytes) {
    }

    /**
     * How runs ended.
     *
     * @param completed the agent said everything
     * @param cancelled somebody did not want the rest
     * @param failed    something went wrong
     */
    public record Ends(long completed, long cancelled, long failed) {
    }

    /**
     * Runs with one model.
     *
     * @param requestTime    from the request to the end, by error code of those that failed, {@code cancelled}, or {@code none}
     * @param operationTime  from when the agent was asked to the end, by the same
     * @param firstTokenTime from the request to the first text
     * @param perTokenTime   of runs that were completed: from the first text to the end, by each token after the first
     * @param inputTokens    of each run, as far as the model says or by a rule of thumb
     * @param outputTokens   the same
     */
    public record ModelUse(
            Map<String, HistogramSnapshot> requestTime,
            Map<String, HistogramSnapshot> operationTime,
            HistogramSnapshot firstTokenTime,
            HistogramSnapshot perTokenTime,
            HistogramSnapshot inputTokens,
            HistogramSnapshot outputTokens) {
    }

    /**
     * Calls of one tool.
     *
     * @param ends how they ended: {@code completed}, {@code failed}, {@code refused}, {@code expired}, {@code timed_out},
     *             {@code not_found}, {@code cancelled}; all of them
     * @param time of those that ran, without the wait for approval
     */
    public record ToolUse(Map<String, Long> ends, HistogramSnapshot time) {
    }

    /** {@return all of it with names and tags, for exporters} */
    public List<MetricFamily> families() {
        return AgentFamilies.of(this);
    }
}
