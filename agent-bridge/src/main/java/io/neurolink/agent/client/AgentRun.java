package io.neurolink.agent.client;

import io.neurolink.agent.spi.AgentException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A streamed answer, that goes on whatever becomes of the connection. Its events can be read once: by a subscriber to {@link #events()} or
 * by a loop over {@link #iterator()}, which must be begun before {@link #text()} or {@link #await}; its result any number of times.
 * Any thread may call any method.
 *
 * <pre>{@code
 * for (RunEvent event : client.stream("Hello")) {
 *     if (event instanceof RunEvent.Text part) {
 *         System.out.print(part.text());
 *     }
 * }
 * }</pre>
 */
public final class AgentRun implements Iterable<RunEvent> {
    private final ClientCore core;
    private final Exchange exchange;

    AgentRun(ClientCore core, Exchange exchange) {
        this.core = core;
        this.exchange = exchange;
        exchange.feed().onCancel(() -> cancel("the subscriber has left"));
    }

    /** {@return the name of the run, by which it can be attached to from elsewhere} */
    public String requestId() {
        return exchange.requestId();
    }

    /**
     * The events, each exactly once and in order, however often the connection is lost. The subscriber is called by the executor of the
     * options, as far as it has asked for more; meanwhile events wait, text being joined, up to {@code maxBufferedChars}. It gets the run's
     * failure as an {@link AgentException}; where it cancels its subscription, the run is cancelled.
     *
     * @return a publisher for one subscriber.
     */
    public Flow.Publisher<RunEvent> events() {
        return exchange.feed();
    }

    /**
     * The events for a loop, which waits for each. The loop ends with the run, and throws its {@link AgentException} if it fails; it
     * throws {@link IllegalStateException} if the events have a reader already, or were not kept. Where it is left early the run goes on;
     * where its thread is interrupted the run is cancelled.
     *
     * @return an iterator for one thread, not one of the engine's.
     */
    @Override
    public Iterator<RunEvent> iterator() {
        BlockingEvents events = new BlockingEvents();
        exchange.feed().subscribe(events);
        return events;
    }

    /**
     * How the run ends. What depends on it is run by the executor of the options.
     *
     * @return completes with the result, also of a cancelled run; fails with the run's {@link AgentException}: a code of the protocol, or
     *         one of the client's own, among them {@code RESUME_UNKNOWN}, {@code RESUME_EXPIRED}, {@code RESUME_TRIMMED},
     *         {@code RESUME_EPOCH} and {@code RESUME_FORBIDDEN} where the server cannot go on with it. Completing it changes nothing.
     */
    public CompletableFuture<RunResult> result() {
        return exchange.result().copy();
    }

    /**
     * Waits for the whole answer.
     *
     * @return its text; of a cancelled run, what had arrived.
     * @throws AgentException       if the run fails.
     * @throws InterruptedException if the thread is interrupted; the run goes on.
     */
    public String text() throws InterruptedException {
        exchange.feed().forgo();
        try {
            return exchange.result().get().text();
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /**
     * Waits for the end.
     *
     * @param timeout how long to wait.
     * @return the result.
     * @throws AgentException       if the run fails.
     * @throws TimeoutException     if it has not ended by then; it goes on.
     * @throws InterruptedException if the thread is interrupted; the run goes on.
     */
    public RunResult await(Duration timeout) throws InterruptedException, TimeoutException {
        exchange.feed().forgo();
        try {
            return exchange.result().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /** With the stack of the thread that waits, and the code of the failure. */
    private static AgentException failure(ExecutionException e) {
        if (e.getCause() instanceof AgentException known) {
            return new AgentException(known.code(), known.getMessage(), known.isRetryable(), known.retryAfterMs(), known);
        }
        throw new CompletionException(e.getCause());
    }

    /**
     * Has the model stopped; while there is no connection, as soon as there is one.
     *
     * @param reason why, or null.
     * @return the result, as {@link #result()}.
     */
    public CompletableFuture<RunResult> cancel(String reason) {
        core.execute(() -> exchange.cancel(reason));
        return result();
    }

    /**
     * Answers a tool call that needs approval. The first answer counts, whoever gives it.
     *
     * @param toolCallId the call, from {@link RunEvent.ToolCalled}.
     * @param decision   whether the tool may run.
     */
    public void approve(String toolCallId, ToolDecision decision) {
        core.execute(() -> exchange.desk().decide(toolCallId, decision));
    }
}
