package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentAuthorizer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/**
 * Limits and times of the agent protocol on each connection. Made by {@link #builder()}, which checks the values; immutable.
 *
 * @param maxConcurrentRuns runs one connection may have going; the next gets {@code TOO_MANY_RUNS}; default 16, at least 1
 * @param maxMessageBytes   bytes a message from the client may have, which is also told in {@code connected}; default 1 MiB
 * @param maxEventBytes     bytes an event for the client may have; a run that needs more fails; default 2 MiB
 * @param maxPayloadDepth   objects and arrays that may lie within each other in a message; default 32, at least 2
 * @param maxPayloadValues  values a message may consist of; default 100 000
 * @param maxJoinedBytes    bytes of chunks, as they stand in the message, that are joined into one for a viewer who fell behind; default
 *                          16 KiB
 * @param maxResponseChars  characters the answer of a {@code generate} may have; a run that needs more fails; default 256 Ki
 * @param maxOpenToolCalls  tool calls a run may have open at once; a run with more fails; default 64
 * @param toolTimeout       time a tool has for its result where it has no time of its own; default 60 s
 * @param approvalTimeout   time a viewer has to approve a tool call, or to run a tool of the client's that has no time of its own; default
 *                          5 min
 * @param runIdleTimeout    time an agent may be silent although it is asked for an event; then the run fails with {@code MODEL_TIMEOUT};
 *                          time in which it was not asked because the viewer was slow does not count; default 120 s
 * @param cancelTimeout     time within which a cancelled agent is to say that it closed its connection; then {@code upstreamClosed} is
 *                          {@code "unknown"}; default 1 s
 * @param statusInterval    silence of a run after which a {@code status} is sent, and again each time; default 15 s
 * @param heartbeatInterval time between pings, told in {@code connected}; zero = there are none; default 30 s
 * @param authExpiryNotice  how long before a user's credential runs out {@code auth_expiring} is sent, though not before half of its time
 *                          has passed; default 60 s
 * @param firstMessageAuth  whether a connection without a user is served nothing but {@code auth}; default false
 * @param maxAuthFailures   wrong credentials after which the connection is closed with 4401; default 5, at least 1
 * @param resumeTtl         time for which a run that has ended can be resumed, unless its memory is needed; told in {@code connected};
 *                          default 5 min
 * @param viewerlessGrace   time for which a run goes on although no connection looks at it; then it is cancelled; default 2 min
 * @param maxRunLogBytes    bytes of memory for the events of one run, told in {@code connected}; then what all viewers have been sent goes,
 *                          then viewers who are far behind, then the agent waits; default 1 MiB
 * @param maxUserLogBytes   bytes for the events of all runs of a user, or of an anonymous connection; then runs that have ended go, then
 *                          the same; default 16 MiB
 * @param maxLogBytes       bytes for the events of all runs; then the same; default 256 MiB, a quarter of the largest heap if that is less
 * @param maxRunsPerUser    runs a user may have going on all connections, also after they are closed; the next gets {@code TOO_MANY_RUNS};
 *                          default 64
 * @param maxRuns           runs that may be going in all; default 10 000
 * @param maxQueuedRuns     runs of one session that may wait for others with {@code "overlap":"queue"}; default 16
 * @param maxViewsPerConnection runs that a connection may look at, those it started and those it resumed; default 64
 * @param authorizer        decides who may do what; null (the default) = everybody everything
 * @param authorizationTimeout time for its decision; then the message is refused; default 5 s
 * @param userQuotas        gives the quota of a user, or of an anonymous connection (null); null (the default) = nobody has one
 * @param maxMeteredModels names of models that the metrics tell apart; the others are {@code other}; default 32
 */
public record AgentHandlerConfig(
        int maxConcurrentRuns,
        int maxMessageBytes,
        int maxEventBytes,
        int maxPayloadDepth,
        int maxPayloadValues,
        int maxJoinedBytes,
        int maxResponseChars,
        int maxOpenToolCalls,
        Duration toolTimeout,
        Duration approvalTimeout,
        Duration runIdleTimeout,
        Duration cancelTimeout,
        Duration statusInterval,
        Duration heartbeatInterval,
        Duration authExpiryNotice,
        boolean firstMessageAuth,
        int maxAuthFailures,
        Duration resumeTtl,
        Duration viewerlessGrace,
        int maxRunLogBytes,
        long maxUserLogBytes,
        long maxLogBytes,
        int maxRunsPerUser,
        int maxRuns,
        int maxQueuedRuns,
        int maxViewsPerConnection,
        AgentAuthorizer authorizer,
        Duration authorizationTimeout,
        Function<AuthenticatedUser, UserQuota> userQuotas,
        int maxMeteredModels) {

    /** {@return a builder with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the defaults} */
    public static AgentHandlerConfig defaults() {
        return builder().build();
    }

    /** Collects the values and checks them. Not safe for use by several threads. */
    public static final class Builder {
        /** A joined chunk is to be a small part of what a connection may buffer. */
        private static final int PARTS_PER_BUFFER = 8;
        private static final int MIN_LOG_BYTES = 32 * 1024;

        private int maxConcurrentRuns = 16;
        private int maxMessageBytes = 1024 * 1024;
        private int maxEventBytes = 2 * 1024 * 1024;
        private int maxPayloadDepth = 32;
        private int maxPayloadValues = 100_000;
        private int maxJoinedBytes = 16 * 1024;
        private int maxResponseChars = 256 * 1024;
        private int maxOpenToolCalls = 64;
        private Duration toolTimeout = Duration.ofSeconds(60);
        private Duration approvalTimeout = Duration.ofMinutes(5);
        private Duration runIdleTimeout = Duration.ofSeconds(120);
        private Duration cancelTimeout = Duration.ofSeconds(1);
        private Duration statusInterval = Duration.ofSeconds(15);
        private Duration heartbeatInterval = Duration.ofSeconds(30);
        private Duration authExpiryNotice = Duration.ofSeconds(60);
        private boolean firstMessageAuth;
        private int maxAuthFailures = 5;
        private Duration resumeTtl = Duration.ofMinutes(5);
        private Duration viewerlessGrace = Duration.ofMinutes(2);
        private int maxRunLogBytes = 1024 * 1024;
        private long maxUserLogBytes = 16 * 1024 * 1024;
        private long maxLogBytes = Math.min(256L * 1024 * 1024, Runtime.getRuntime().maxMemory() / 4);
        private int maxRunsPerUser = 64;
        private int maxRuns = 10_000;
        private int maxQueuedRuns = 16;
        private int maxViewsPerConnection = 64;
        private AgentAuthorizer authorizer;
        private Duration authorizationTimeout = Duration.ofSeconds(5);
        private Function<AuthenticatedUser, UserQuota> userQuotas;
        private int maxMeteredModels = 32;

        private Builder() {
        }

        /**
         * Takes over what a manager's configuration says as well: the largest message, the time between pings, whether a connection may
         * authenticate by its first message; and makes sure that events and joined chunks fit into {@code maxBufferedBytes}.
         *
         * @param config configuration of the manager that the handler is registered with.
         * @return this.
         */
        public Builder matching(WebSocketConfig config) {
            maxMessageBytes = config.maxMessageSize();
            heartbeatInterval = config.pingInterval();
            firstMessageAuth = !config.auth().firstMessageTimeout().isZero();
            maxEventBytes = Math.min(maxEventBytes, config.maxBufferedBytes());
            maxJoinedBytes = Math.min(maxJoinedBytes, config.maxBufferedBytes() / PARTS_PER_BUFFER);
            return this;
        }

        /**
         * Limits the concurrent runs.
         *
         * @param value runs per connection, at least 1.
         * @return this.
         */
        public Builder maxConcurrentRuns(int value) {
            maxConcurrentRuns = value;
            return this;
        }

        /**
         * Limits the message bytes.
         *
         * @param value bytes per message of the client, at least 1.
         * @return this.
         */
        public Builder maxMessageBytes(int value) {
            maxMessageBytes = value;
            return this;
        }

        /**
         * Limits the event bytes.
         *
         * @param value bytes per event, 1 KiB to 256 MiB.
         * @return this.
         */
        public Builder maxEventBytes(int value) {
            maxEventBytes = value;
            return this;
        }

        /**
         * Limits the payload depth.
         *
         * @param value levels of nesting, 2 to 512.
         * @return this.
         */
        public Builder maxPayloadDepth(int value) {
            maxPayloadDepth = value;
            return this;
        }

        /**
         * Limits the payload values.
         *
         * @param value values per message, at least 1.
         * @return this.
         */
        public Builder maxPayloadValues(int value) {
            maxPayloadValues = value;
            return this;
        }

        /**
         * Limits the joined bytes.
         *
         * @param value bytes joined for a viewer who fell behind, at least 1.
         * @return this.
         */
        public Builder maxJoinedBytes(int value) {
            maxJoinedBytes = value;
            return this;
        }

        /**
         * Limits the characters of a response.
         *
         * @param value characters of the answer of a {@code generate}, at least 1.
         * @return this.
         */
        public Builder maxResponseChars(int value) {
            maxResponseChars = value;
            return this;
        }

        /**
         * Limits the open tool calls.
         *
         * @param value open tool calls per run, at least 1.
         * @return this.
         */
        public Builder maxOpenToolCalls(int value) {
            maxOpenToolCalls = value;
            return this;
        }

        /**
         * Sets the tool timeout.
         *
         * @param value time for a tool, more than zero.
         * @return this.
         */
        public Builder toolTimeout(Duration value) {
            toolTimeout = value;
            return this;
        }

        /**
         * Sets the approval timeout.
         *
         * @param value time for a viewer to approve a tool call, more than zero.
         * @return this.
         */
        public Builder approvalTimeout(Duration value) {
            approvalTimeout = value;
            return this;
        }

        /**
         * Sets the run idle timeout.
         *
         * @param value silence of an agent, more than zero.
         * @return this.
         */
        public Builder runIdleTimeout(Duration value) {
            runIdleTimeout = value;
            return this;
        }

        /**
         * Sets the cancel timeout.
         *
         * @param value time to confirm a cancel, more than zero.
         * @return this.
         */
        public Builder cancelTimeout(Duration value) {
            cancelTimeout = value;
            return this;
        }

        /**
         * Sets the status interval.
         *
         * @param value silence after which a status is sent, more than zero.
         * @return this.
         */
        public Builder statusInterval(Duration value) {
            statusInterval = value;
            return this;
        }

        /**
         * Sets the heartbeat interval.
         *
         * @param value time between pings; zero = there are none.
         * @return this.
         */
        public Builder heartbeatInterval(Duration value) {
            heartbeatInterval = value;
            return this;
        }

        /**
         * Sets the auth expiry notice.
         *
         * @param value how long before a user's credential runs out the client is told {@code auth_expiring}; not negative. A credential
         *     that is good for less than twice as long is told of when half of its time has passed.
         * @return this.
         */
        public Builder authExpiryNotice(Duration value) {
            authExpiryNotice = value;
            return this;
        }

        /**
         * Says whether the first message must authenticate.
         *
         * @param value whether a connection without a user is served nothing but {@code auth}.
         * @return this.
         */
        public Builder firstMessageAuth(boolean value) {
            firstMessageAuth = value;
            return this;
        }

        /**
         * Limits the auth failures.
         *
         * @param value wrong credentials per connection, at least 1.
         * @return this.
         */
        public Builder maxAuthFailures(int value) {
            maxAuthFailures = value;
            return this;
        }

        /**
         * Sets how long a run can be resumed.
         *
         * @param value time for which a run that has ended can be resumed, more than zero.
         * @return this.
         */
        public Builder resumeTtl(Duration value) {
            resumeTtl = value;
            return this;
        }

        /**
         * Sets the viewerless grace.
         *
         * @param value time for which a run goes on unwatched, more than zero.
         * @return this.
         */
        public Builder viewerlessGrace(Duration value) {
            viewerlessGrace = value;
            return this;
        }

        /**
         * Limits the run log bytes.
         *
         * @param value bytes of memory for the events of one run, 32 KiB to 1 GiB.
         * @return this.
         */
        public Builder maxRunLogBytes(int value) {
            maxRunLogBytes = value;
            return this;
        }

        /**
         * Limits the user log bytes.
         *
         * @param value bytes of memory for the events of the runs of one user, at least 32 KiB.
         * @return this.
         */
        public Builder maxUserLogBytes(long value) {
            maxUserLogBytes = value;
            return this;
        }

        /**
         * Limits the log bytes.
         *
         * @param value bytes of memory for the events of all runs, at least 32 KiB.
         * @return this.
         */
        public Builder maxLogBytes(long value) {
            maxLogBytes = value;
            return this;
        }

        /**
         * Limits the runs per user.
         *
         * @param value runs a user may have going, at least 1.
         * @return this.
         */
        public Builder maxRunsPerUser(int value) {
            maxRunsPerUser = value;
            return this;
        }

        /**
         * Limits the runs.
         *
         * @param value runs that may be going in all, at least 1.
         * @return this.
         */
        public Builder maxRuns(int value) {
            maxRuns = value;
            return this;
        }

        /**
         * Limits the queued runs.
         *
         * @param value runs of one session that may wait, at least 0.
         * @return this.
         */
        public Builder maxQueuedRuns(int value) {
            maxQueuedRuns = value;
            return this;
        }

        /**
         * Limits the views per connection.
         *
         * @param value runs a connection may look at, at least 1.
         * @return this.
         */
        public Builder maxViewsPerConnection(int value) {
            maxViewsPerConnection = value;
            return this;
        }

        /**
         * Limits the metered models.
         *
         * @param value names of models that the metrics tell apart, 1 to 1000.
         * @return this.
         */
        public Builder maxMeteredModels(int value) {
            maxMeteredModels = value;
            return this;
        }

        /**
         * Sets the authorizer.
         *
         * @param value decides who may do what; null = everybody everything.
         * @return this.
         */
        public Builder authorizer(AgentAuthorizer value) {
            authorizer = value;
            return this;
        }

        /**
         * Sets the authorization timeout.
         *
         * @param value time for a decision of the authorizer, more than zero.
         * @return this.
         */
        public Builder authorizationTimeout(Duration value) {
            authorizationTimeout = value;
            return this;
        }

        /**
         * Sets the user quota.
         *
         * @param value quota of every user, and of every anonymous connection.
         * @return this.
         */
        public Builder userQuota(UserQuota value) {
            Objects.requireNonNull(value, "userQuota");
            return userQuotas(user -> value);
        }

        /**
         * Sets the user quotas.
         *
         * @param value gives the quota of a user, by the roles for instance, or of an anonymous connection, then null; may give null for
         *     no quota. Asked again for a user who has authenticated anew. Called on the connection's thread; must not block. Null =
         *     nobody has a quota.
         * @return this.
         */
        public Builder userQuotas(Function<AuthenticatedUser, UserQuota> value) {
            userQuotas = value;
            return this;
        }

        /**
         * {@return the checked configuration}
         *
         * @throws IllegalArgumentException if a value is out of range; the message names it.
         */
        public AgentHandlerConfig build() {
            requireRange("maxConcurrentRuns", maxConcurrentRuns, 1, 65_536);
            requireRange("maxMessageBytes", maxMessageBytes, 1, Integer.MAX_VALUE - 64);
            requireRange("maxEventBytes", maxEventBytes, 1024, 256 * 1024 * 1024);
            requireRange("maxPayloadDepth", maxPayloadDepth, 2, 512);
            requireRange("maxPayloadValues", maxPayloadValues, 1, Integer.MAX_VALUE);
            requireRange("maxJoinedBytes", maxJoinedBytes, 1, Integer.MAX_VALUE / 2);
            requireRange("maxResponseChars", maxResponseChars, 1, Integer.MAX_VALUE / 2);
            requireRange("maxOpenToolCalls", maxOpenToolCalls, 1, 65_536);
            requireRange("maxAuthFailures", maxAuthFailures, 1, 1_000_000);
            requireRange("maxRunLogBytes", maxRunLogBytes, MIN_LOG_BYTES, 1024 * 1024 * 1024);
            requireRange("maxUserLogBytes", maxUserLogBytes, MIN_LOG_BYTES, Long.MAX_VALUE);
            requireRange("maxLogBytes", maxLogBytes, MIN_LOG_BYTES, Long.MAX_VALUE);
            requireRange("maxRunsPerUser", maxRunsPerUser, 1, Integer.MAX_VALUE);
            requireRange("maxRuns", maxRuns, 1, Integer.MAX_VALUE);
            requireRange("maxQueuedRuns", maxQueuedRuns, 0, 65_536);
            requireRange("maxViewsPerConnection", maxViewsPerConnection, 1, 65_536);
            requireRange("maxMeteredModels", maxMeteredModels, 1, 1000);
            requirePositive("resumeTtl", resumeTtl);
            requirePositive("viewerlessGrace", viewerlessGrace);
            requirePositive("toolTimeout", toolTimeout);
            requirePositive("approvalTimeout", approvalTimeout);
            requirePositive("runIdleTimeout", runIdleTimeout);
            requirePositive("cancelTimeout", cancelTimeout);
            requirePositive("statusInterval", statusInterval);
            requirePositive("authorizationTimeout", authorizationTimeout);
            if (authExpiryNotice.isNegative()) {
                throw new IllegalArgumentException("authExpiryNotice must not be negative: " + authExpiryNotice);
            }
            if (heartbeatInterval.isNegative()) {
                throw new IllegalArgumentException("heartbeatInterval must not be negative: " + heartbeatInterval);
            }
            return new AgentHandlerConfig(maxConcurrentRuns, maxMessageBytes, maxEventBytes, maxPayloadDepth, maxPayloadValues,
                    maxJoinedBytes, maxResponseChars, maxOpenToolCalls, toolTimeout, approvalTimeout, runIdleTimeout, cancelTimeout,
                    statusInterval, heartbeatInterval, authExpiryNotice, firstMessageAuth, maxAuthFailures, resumeTtl, viewerlessGrace,
                    maxRunLogBytes, maxUserLogBytes, maxLogBytes, maxRunsPerUser, maxRuns, maxQueuedRuns, maxViewsPerConnection,
                    authorizer, authorizationTimeout, userQuotas, maxMeteredModels);
        }

        private static void requireRange(String name, long value, long min, long max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", not " + value);
            }
        }

        private static void requirePositive(String name, Duration value) {
            Objects.requireNonNull(value, name);
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " must be more than zero: " + value);
            }
        }
    }
}
