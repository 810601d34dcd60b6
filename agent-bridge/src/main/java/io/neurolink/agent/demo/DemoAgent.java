package io.neurolink.agent.demo;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentRequest;
import io.neurolink.agent.spi.AgentTool;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Answers {@code You said: } and the prompt, word by word. Options of a request:
 * <ul>
 * <li>{@code delayMs}: milliseconds between words, default 20;
 * <li>{@code words}: so many words {@code w1 w2 …} instead;
 * <li>{@code fail}: fails with this code after the first word;
 * <li>{@code tool}: {@code {toolName, args, approval}}, a tool to have called before answering, one of the client's among them;
 *     {@code approval} may be {@code auto}, {@code required} or {@code client}.
 * </ul>
 * It waits by timers and blocks no thread.
 */
public final class DemoAgent implements Agent {
    /** Name of this agent. */
    public static final String NAME = "demo";

    private final ScheduledExecutorService scheduler;
    private final List<AgentTool> tools;

    /**
     * Makes the agent.
     *
     * @param scheduler timers; belongs to the caller.
     */
    public DemoAgent(ScheduledExecutorService scheduler) {
        this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
        this.tools = DemoTools.all(scheduler);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<AgentTool> tools() {
        return tools;
    }

    @Override
    public Flow.Publisher<AgentEvent> run(AgentRequest request) {
        DemoRun run = new DemoRun(DemoOptions.of(request, tools), request, scheduler);
        return run.publisher();
    }
}
