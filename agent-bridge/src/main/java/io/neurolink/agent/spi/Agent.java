package io.neurolink.agent.spi;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/**
 * Something that answers prompts: a model, a chain of models, a program. One agent serves many runs at once, so it holds no state of a run
 * outside the publisher it returned for it.
 *
 * <p>The shortest one blocks a thread of its own and writes to a sink:
 * <pre>{@code
 * Agent shout = Agent.of("shout", (request, sink) -> {
 *     for (String word : request.prompt().split(" ")) {
 *         sink.text(word.toUpperCase() + " ");
 *     }
 * });
 * }</pre>
 */
public interface Agent {
    /** {@return short name, as chosen on the command line} Any thread; must not block. */
    String name();

    /**
     * {@return name of the model that answers unless a request names another; null where there is no such thing} For metrics. Any thread;
     * must not block.
     */
    default String model() {
        return null;
    }

    /**
     * {@return the tools that the agent may ask for by {@link AgentEvent.ToolRequested}, and clients by {@code tool_call}, each with a name
     * of its own} Asked once, when a handler is made; may block then.
     */
    default List<AgentTool> tools() {
        return List.of();
    }

    /**
     * Prepares one run. Called on the connection's handler thread, several at once for different runs: it must not block and should start
     * nothing; work begins when the publisher has been subscribed to and events have been requested.
     *
     * <p>The publisher keeps the rules of Reactive Streams, as {@link Flow} states them:
     * <ul>
     * <li>it is subscribed to once, and calls {@code onSubscribe} before anything else;
     * <li>its signals come one after the other, from any thread, and never more events than were requested. What was not requested is
     *     not produced: that is how a slow viewer makes the model wait;
     * <li>{@code onComplete} or {@code onError} is the last signal. {@link AgentEvent.Finished} says why the answer ends; where it is
     *     missing, {@code onComplete} means {@code "stop"}. What follows {@code Finished} is ignored. An {@link AgentException} carries the
     *     code for the client; any other error becomes {@code MODEL_ERROR};
     * <li>{@code Subscription.request} and {@code cancel} are called from any thread, also from within {@code onNext}, and must not block;
     * <li>{@code cancel} closes what the run holds open upstream, also before the first event, and also while a call to the model has not
     *     answered. A subscription that is an {@link AgentSubscription} tells when that is done.
     * </ul>
     * {@code onNext} never blocks. An agent that breaks these rules ends its own run with an error and harms nothing else.
     *
     * @param request what is asked.
     * @return publisher of the events of this run, never null.
     */
    Flow.Publisher<AgentEvent> run(AgentRequest request);

    /**
     * This agent with tools of others in the place of its own.
     *
     * @param tools the tools, each with a name of its own.
     * @return a view of this agent.
     */
    default Agent withTools(AgentTool... tools) {
        return withTools(List.of(tools));
    }

    /**
     * This agent with tools of others in the place of its own.
     *
     * @param tools the tools, each with a name of its own.
     * @return a view of this agent.
     */
    default Agent withTools(List<AgentTool> tools) {
        return new ToolUsingAgent(this, List.copyOf(tools));
    }

    /**
     * An agent in blocking style. Each run gets a thread of its own (a virtual one from JDK 21 on; before, one of at most 256 platform
     * threads, beyond which a run fails with {@code MODEL_UNAVAILABLE}).
     *
     * @param name short name.
     * @param body produces the answer of one run.
     * @return the agent.
     */
    static Agent of(String name, BlockingBody body) {
        return of(name, BlockingThreads.shared(), body);
    }

    /**
     * An agent in blocking style whose runs are executed by an executor of the caller's.
     *
     * @param name     short name.
     * @param executor runs the bodies; a rejected execution fails the run with {@code MODEL_UNAVAILABLE}. The caller shuts it down.
     * @param body     produces the answer of one run.
     * @return the agent.
     */
    static Agent of(String name, Executor executor, BlockingBody body) {
        return new BlockingAgent(name, executor, body);
    }

    /** Produces the answer of one run in blocking style. */
    @FunctionalInterface
    interface BlockingBody {
        /**
         * Called once per run on a thread that may block; it is interrupted when the run is cancelled. Returning ends the answer.
         *
         * @param request what is asked.
         * @param sink    takes the events, and waits while the viewer is slow.
         * @throws Exception fails the run; an {@link AgentException} chooses the code.
         */
        void run(AgentRequest request, AgentSink sink) throws Exception;
    }
}
