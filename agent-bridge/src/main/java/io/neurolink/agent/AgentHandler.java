package io.neurolink.agent;

import io.neurolink.agent.metrics.AgentMetrics;
import io.neurolink.agent.session.AgentEndpoint;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.session.WebSocketMessageRouter;
import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.BlockingThreads;
import io.neurolink.agent.spi.RunLogStore;
import io.neurolink.agent.spi.RunReplication;
import io.neurolink.engine.spi.DrainNotice;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Serves an {@link Agent} over WebSockets with the agent protocol: {@code generate}, {@code stream}, {@code tool_call}, {@code cancel},
 * {@code resume}, {@code ack}, {@code tool_approval}, {@code tool_result}, {@code auth}, {@code ping}. The messages are described in
 * {@code docs/agent-protocol.md}.
 *
 * <pre>{@code
 * manager.registerHandler("/ws/agent", AgentHandler.create(agent));
 * }</pre>
 *
 * One handler may be registered with several paths and managers. Its callbacks do not block, so it may be used in every threading mode, as
 * long as the agent's {@code run} does not block either. When a connection goes, its runs go on for a while, and can be resumed on another
 * connection of the same user.
 */
public final class AgentHandler implements WebSocketHandler, AutoCloseable {
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");

    private final AgentEndpoint endpoint;
    /** Null if the timers are the caller's. */
    private final ScheduledExecutorService ownScheduler;

    private AgentHandler(Builder builder) {
        ownScheduler = builder.scheduler == null ? timers() : null;
        endpoint = new AgentEndpoint(builder.agent, builder.config, builder.scheduler == null ? ownScheduler : builder.scheduler,
                builder.nanoClock, builder.epochClock, builder.serverId, builder.toolThreads, builder.runLogs, builder.replication);
        builder.routes.forEach(endpoint.router()::route);
    }

    /**
     * Makes a handler with the default limits.
     *
     * @param agent answers.
     * @return the handler.
     */
    public static AgentHandler create(Agent agent) {
        return builder(agent).build();
    }

    /**
     * Starts to make a handler.
     *
     * @param agent answers.
     * @return a builder with the defaults.
     */
    public static Builder builder(Agent agent) {
        return new Builder(agent);
    }

    private static ScheduledExecutorService timers() {
        var timers = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "neurolink-agent-timer");
            thread.setDaemon(true);
            return thread;
        });
        timers.setRemoveOnCancelPolicy(true);
        return timers;
    }

    /**
     * Tells every connection that the server is about to stop, and takes no new runs from now on; those that are going on go on. Does not
     * close anything. A server that is {@linkplain io.neurolink.engine.NeuroLinkServer#drain drained} or shut down does this by itself, and
     * nobody is told twice. Any thread; does not block.
     *
     * @param message          text for people.
     * @param reconnectAfterMs milliseconds to wait before connecting again, at least 0; each client is told between this and twice as much,
     *                         so that they do not all come back at once.
     * @return how many connections were told.
     */
    public int shutdown(String message, long reconnectAfterMs) {
        return endpoint.shutdown(message, reconnectAfterMs);
    }

    /**
     * What happened to runs since the start, and how many there are at present. The names:
     * <ul>
     * <li>{@code runs.active}: not ended; {@code runs.kept}: ended, can be resumed; {@code runs.log_bytes}: memory of their events;
     * <li>{@code runs.viewers}: connections that look at runs, each counted once for each run;
     * <li>{@code runs.started}, {@code runs.refused}, {@code runs.cancelled}, {@code runs.failed}; {@code runs.forgotten}: ended, and not
     *     kept any more;
     * <li>{@code runs.pauses}: an agent had to wait because the log of its run was full;
     * <li>{@code runs.resumes}, {@code runs.resume_failures}; {@code runs.viewers_detached}: viewers that fell too far behind;
     * <li>{@code authorization.denied}: messages and tools that their user may not have; {@code authorization.failures}: of which that
     *     could not be said;
     * <li>{@code quotas.refused.messages}, {@code quotas.refused.runs}, {@code quotas.refused.tokens}: messages for which a quota was used
     *     up; {@code quotas.users}: of whom something is remembered.
     * </ul>
     * And, with a {@linkplain Builder#replication replication}:
     * <ul>
     * <li>{@code runs.replication_connected}: 1 if other nodes can find the runs of this one, 0 if the logs cannot be reached at present;
     * <li>{@code runs.followed}: runs of other nodes that are looked at here;
     * <li>{@code runs.replicated_records}, {@code runs.replicated_bytes}: what was appended to the logs;
     * <li>{@code runs.replication_failures}: runs that could not append for a while; {@code runs.replication_gaps}: events went from the
     *     memory of a run before they could be appended; {@code runs.replication_lost}: runs that were forgotten before;
     * <li>{@code runs.takeovers}: runs of dead nodes that this one ended; {@code runs.fenced}: runs of this one that others ended;
     * <li>{@code runs.forwarded}, {@code runs.forward_failures}: messages of connections for runs of other nodes.
     * </ul>
     *
     * @return the counters by name. Any thread.
     */
    public Map<String, Long> counters() {
        return endpoint.counters();
    }

    /**
     * Looks at everything that runs are measured by: how they end, times, tokens, tools. Cheap enough for every second.
     *
     * @return the metrics as they are now, under the agent's name. Any thread.
     */
    public AgentMetrics metrics() {
        return endpoint.metrics();
    }

    /**
     * Lets runs end whose clients see the rest on other nodes, for a server that is about to be {@linkplain #close closed}. Any thread;
     * does not block.
     *
     * @param patience time they have.
     * @return completes when no run goes on, or time is up; at once without a replication, or if it has no connection.
     */
    public CompletableFuture<Void> finishRuns(Duration patience) {
        return endpoint.finishRuns(patience);
    }

    /**
     * Cancels all runs and ends the handler's own timer thread, if it has one. To be called when no connection is left. With a replication
     * it waits until other nodes can see the ends of all runs, for two seconds at most; so not on a thread of the handler's scheduler,
     * which brings them there.
     */
    @Override
    public void close() {
        endpoint.close();
        if (ownScheduler != null) {
            ownScheduler.shutdownNow();
        }
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        endpoint.onOpen(connection);
    }

    @Override
    public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
        endpoint.onMessage(connection, message);
    }

    @Override
    public void onRateLimited(WebSocketConnection connection, WebSocketMessage message, long retryAfterMs) {
        endpoint.onRateLimited(connection, message, retryAfterMs);
    }

    @Override
    public void onWritable(WebSocketConnection connection) {
        endpoint.onWritable(connection);
    }

    @Override
    public void onDrain(WebSocketConnection connection, DrainNotice notice) {
        endpoint.onDrain(connection, notice);
    }

    @Override
    public boolean isBusy(WebSocketConnection connection) {
        return endpoint.isBusy(connection);
    }

    @Override
    public void onClose(WebSocketConnection connection, int code, String reason) {
        endpoint.onClose(connection, code);
    }

    @Override
    public void onError(WebSocketConnection connection, Throwable error) {
        LOGGER.log(Level.DEBUG, "connection " + connection.id(), error);
    }

    /** Collects what a handler is made of. Not safe for use by several threads. */
    public static final class Builder {
        private final Agent agent;
        private final Map<String, WebSocketMessageRouter.RouteHandler> routes = new LinkedHashMap<>();
        private AgentHandlerConfig config = AgentHandlerConfig.defaults();
        private ScheduledExecutorService scheduler;
        private NanoClock nanoClock = SystemNanoClock.INSTANCE;
        private EpochClock epochClock = SystemEpochClock.INSTANCE;
        private String serverId;
        private Executor toolThreads = BlockingThreads.shared();
        private RunLogStore runLogs;
        private RunReplication replication;

        private Builder(Agent agent) {
            this.agent = Objects.requireNonNull(agent, "agent");
        }

        /**
         * Sets the configuration.
         *
         * @param value limits and times.
         * @return this.
         */
        public Builder config(AgentHandlerConfig value) {
            config = value;
            return this;
        }

        /**
         * Sets the scheduler.
         *
         * @param value timers; stays the caller's, who shuts it down. Without one the handler has a thread of its own, which {@link #close}
         *              ends.
         * @return this.
         */
        public Builder scheduler(ScheduledExecutorService value) {
            scheduler = value;
            return this;
        }

        /**
         * Sets the clocks.
         *
         * @param nanos  measures durations, in step with the scheduler.
         * @param epochs time of day, milliseconds.
         * @return this.
         */
        public Builder clocks(NanoClock nanos, EpochClock epochs) {
            nanoClock = nanos;
            epochClock = epochs;
            return this;
        }

        /**
         * Sets the id of the server.
         *
         * @param value name of this server, told to clients; without one it is random.
         * @return this.
         */
        public Builder serverId(String value) {
            serverId = value;
            return this;
        }

        /**
         * Sets the threads of tools.
         *
         * @param value runs the tools that agents ask for, and what depends on their outcomes; may reject, and stays the caller's. By
         *              default {@link BlockingThreads#shared()}.
         * @return this.
         */
        public Builder toolThreads(Executor value) {
            toolThreads = Objects.requireNonNull(value, "toolThreads");
            return this;
        }

        /**
         * Sets the store of run logs.
         *
         * @param value where the events of runs are kept; without one, in memory.
         * @return this.
         */
        public Builder runLogs(RunLogStore value) {
            runLogs = value;
            return this;
        }

        /**
         * Sets the replication.
         *
         * @param value where nodes of a cluster find each other's runs; belongs to this handler from now on, which starts and closes it.
         *              Without one, runs are known to this handler only.
         * @return this.
         */
        public Builder replication(RunReplication value) {
            replication = value;
            return this;
        }

        /**
         * Serves a type of message that the protocol does not have, or serves one of its types differently.
         *
         * @param type    type of the messages.
         * @param handler handles them.
         * @return this.
         */
        public Builder route(String type, WebSocketMessageRouter.RouteHandler handler) {
            routes.put(type, handler);
            return this;
        }

        /**
         * {@return the handler}
         *
         * @throws IllegalArgumentException if two tools of the agent have the same name.
         */
        public AgentHandler build() {
            return new AgentHandler(this);
        }
    }
}
