package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentAction;
import io.neurolink.agent.spi.AgentAuthorizer;
import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/** Asks the application's authorizer, if there is one, and bears with whatever that does. Any thread. */
final class Authorization {
    private static final Logger LOGGER = System.getLogger("io.neurolink.agent");
    static final CompletableFuture<AgentException> ALLOWED = CompletableFuture.completedFuture(null);

    final LongAdder denied = new LongAdder();
    final LongAdder failures = new LongAdder();

    private final String agent;
    private final AgentAuthorizer authorizer;
    private final long timeoutMs;

    Authorization(String agent, AgentHandlerConfig config) {
        this.agent = agent;
        this.authorizer = config.authorizer();
        this.timeoutMs = config.authorizationTimeout().toMillis();
    }

    boolean isOn() {
        return authorizer != null;
    }

    /** @return what the agent is to be asked for by a message. */
    AgentAction action(String type, String tool, Map<String, Object> payload) {
        return new AgentAction(type, agent, tool, payload);
    }

    /** As {@link #check}, for a tool that the agent calls. */
    CompletableFuture<AgentException> checkTool(AuthenticatedUser user, String tool, Object args) {
        if (authorizer == null) {
            return ALLOWED;
        }
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("toolName", tool);
        payload.put("args", args);
        return check(user, action("tool_call", tool, payload));
    }

    /** @return completes with null if that is allowed, else with what to say; never fails. */
    CompletableFuture<AgentException> check(AuthenticatedUser user, AgentAction action) {
        if (authorizer == null) {
            return ALLOWED;
        }
        CompletableFuture<Boolean> answer = ask(user, action);
        return (answer.isDone() ? answer : answer.copy().orTimeout(timeoutMs, TimeUnit.MILLISECONDS))
                .handle((isAllowed, error) -> verdict(action, isAllowed, error));
    }

    private CompletableFuture<Boolean> ask(AuthenticatedUser user, AgentAction action) {
        try {
            return Objects.requireNonNull(authorizer.authorize(user, action), "an AgentAuthorizer must not answer null")
                    .toCompletableFuture();
        } catch (Throwable t) {
            return CompletableFuture.failedFuture(t);
        }
    }

    private AgentException verdict(AgentAction action, Boolean isAllowed, Throwable error) {
        Throwable root = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (root instanceof AgentException reason) {
            denied.increment();
            return reason;
        }
        if (root != null || isAllowed == null) {
            failures.increment();
            LOGGER.log(Level.WARNING, "whether " + action + " is allowed could not be decided", describe(root));
            return new AgentException(ErrorCode.INTERNAL.name(), "It could not be decided whether this is allowed", true,
                    AgentException.NO_HINT);
        }
        if (isAllowed) {
            return null;
        }
        denied.increment();
        return new AgentException(ErrorCode.FORBIDDEN, "Not allowed: " + action);
    }

    private Throwable describe(Throwable root) {
        return root == null ? new NullPointerException("an AgentAuthorizer decided null")
                : root instanceof TimeoutException ? new TimeoutException("no decision within " + timeoutMs + " ms") : root;
    }
}
