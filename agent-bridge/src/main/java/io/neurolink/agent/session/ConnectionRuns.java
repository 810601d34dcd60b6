package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one connection has to do with runs: those it started and those it looks at. {@link #left} and {@link #looksAt} are called by runs,
 * from any thread; all else by the connection's callbacks, one at a time.
 */
final class ConnectionRuns {
    private static final int REMEMBERED_CANCELS = 128;

    private final RunRegistry registry;
    private final AgentHandlerConfig config;
    private final AgentConnection client;
    private final RunStarter starter = new RunStarter();
    private final Map<Run, RunViewer> views = new ConcurrentHashMap<>();
    /** Cancels that came before their run. */
    private final Map<String, EarlyCancel> earlyCancels = new LinkedHashMap<>();

    ConnectionRuns(RunRegistry registry, AgentHandlerConfig config, AgentConnection client) {
        this.registry = registry;
        this.config = config;
        this.client = client;
    }

    private String userId() {
        AuthenticatedUser user = client.connection.user();
        return user == null ? null : user.id();
    }

    /** @return the run that this connection means, or null. */
    Run find(String requestId) {
        return registry.find(userId(), starter, requestId);
    }

    /** @return why there is no such run. */
    String reasonForMissing(String requestId) {
        return registry.reasonForMissing(userId(), requestId);
    }

    /**
     * Starts a run and looks at it.
     *
     * @throws AgentException {@code DUPLICATE_REQUEST} or {@code TOO_MANY_RUNS}.
     */
    void start(RunRequest request) {
        Run run = registry.start(userId(), starter, request);
        RunViewer viewer = new RunViewer(client);
        views.put(run, viewer);
        EarlyCancel early = earlyCancels.remove(request.requestId());
        if (early != null) {
            run.cancel(early.reason());
        }
        run.start(viewer);
    }

    /** Cancels a run; a cancel for a run that has not come yet is remembered, one for a run that has ended changes nothing. */
    void cancel(String requestId, String reason) {
        Run run = find(requestId);
        if (run != null) {
            run.cancel(reason);
        } else if (reasonForMissing(requestId).equals(ResumeMessages.UNKNOWN)) {
            earlyCancels.putIfAbsent(requestId, new EarlyCancel(reason));
            if (earlyCancels.size() > REMEMBERED_CANCELS) {
                earlyCancels.remove(earlyCancels.keySet().iterator().next());
            }
        }
    }

    /**
     * Looks at a run, from the event after one on; the answer comes from the run.
     *
     * @throws AgentException {@code TOO_MANY_RUNS} if the connection looks at too many.
     */
    void resume(Run run, long after) {
        RunViewer viewer = views.get(run);
        if (viewer == null) {
            if (views.size() >= config.maxViewsPerConnection()) {
                throw new AgentException(ErrorCode.TOO_MANY_RUNS,
                        "This connection looks at " + config.maxViewsPerConnection() + " runs already");
            }
            viewer = new RunViewer(client);
            views.put(run, viewer);
        }
        run.resume(viewer, after);
    }

    /** Events up to one are not needed any more; nothing happens if there is no such run. */
    void ack(String requestId, long seq) {
        Run run = find(requestId);
        if (run != null) {
            run.ack(views.get(run), seq);
        }
    }

    /** @return whether the connection looks at a run that has not ended, or of which it was not sent everything; any thread. */
    boolean isLooking() {
        return !views.isEmpty();
    }

    /** Ends all runs that the connection looks at. */
    void stopAll(AgentException failure) {
        views.keySet().forEach(run -> run.stop(failure));
    }

    void onWritable() {
        views.forEach(Run::onViewer);
    }

    /** The connection is closed, by the client or otherwise: it looks at nothing any more. */
    void disconnect(boolean isClean) {
        registry.closed(starter, isClean);
        views.forEach((run, viewer) -> {
            viewer.isGone.set(true);
            run.onViewer(viewer);
        });
    }

    /** The connection belongs to a user now: it does not look at runs of another one any more. */
    void userChanged() {
        String userId = userId();
        views.forEach((run, viewer) -> {
            if (run.userId() != null && !run.userId().equals(userId) && views.remove(run, viewer)) {
                viewer.isGone.set(true);
                run.onViewer(viewer);
            }
        });
    }

    /** A viewer was attached. */
    void looksAt(Run run, RunViewer viewer) {
        views.put(run, viewer);
    }

    /** A viewer was detached. */
    void left(Run run, RunViewer viewer) {
        views.remove(run, viewer);
    }

    private record EarlyCancel(String reason) {
    }
}
