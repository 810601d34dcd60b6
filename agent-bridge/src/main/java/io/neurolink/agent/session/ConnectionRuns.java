package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;
import io.neurolink.agent.spi.ErrorCode;
import io.neurolink.engine.spi.WebSocketConnection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The runs of one connection. {@link #start}, {@link #cancel}, {@link #onWritable} and {@link #disconnect} are called by the connection's
 * callbacks, one at a time; runs leave from any thread.
 */
final class ConnectionRuns implements Run.Registry {
    private static final int REMEMBERED_IDS = 128;

    private final RunContext context;
    private final WebSocketConnection connection;
    private final Map<String, Run> active = new ConcurrentHashMap<>();
    /** Runs that are over but for a terminal event which the connection does not take. */
    private final Set<Run> held = ConcurrentHashMap.newKeySet();
    private final RecentIds ended = new RecentIds(REMEMBERED_IDS);
    /** Cancels that came before their run. Touched by the connection's callbacks only. */
    private final Map<String, EarlyCancel> earlyCancels = new LinkedHashMap<>();

    ConnectionRuns(RunContext context, WebSocketConnection connection) {
        this.context = context;
        this.connection = connection;
    }

    /** @return whether a run of this id is going on, or its end has not been delivered yet. */
    boolean isActive(String requestId) {
        return active.containsKey(requestId) || held.stream().anyMatch(run -> run.requestId().equals(requestId));
    }

    /**
     * Starts a run.
     *
     * @throws AgentException {@code DUPLICATE_REQUEST} or {@code TOO_MANY_RUNS}.
     */
    void start(RunRequest request) {
        String requestId = request.requestId();
        if (isActive(requestId)) {
            throw new AgentException(ErrorCode.DUPLICATE_REQUEST, "Request " + requestId + " is running already");
        }
        int limit = context.config().maxConcurrentRuns();
        if (active.size() + held.size() >= limit) {
            throw new AgentException(ErrorCode.TOO_MANY_RUNS, "This connection has " + limit + " runs going already");
        }
        Run run = new Run(request, context, connection, this);
        active.put(requestId, run);
        EarlyCancel early = earlyCancels.remove(requestId);
        if (early != null) {
            run.cancel(early.reason());
        }
        run.start();
    }

    /** Cancels a run; a cancel for a run that has not come yet is remembered, one for a run that has ended changes nothing. */
    void cancel(String requestId, String reason) {
        Run run = active.get(requestId);
        if (run != null) {
            run.cancel(reason);
        } else if (!ended.contains(requestId)) {
            earlyCancels.putIfAbsent(requestId, new EarlyCancel(reason));
            if (earlyCancels.size() > REMEMBERED_IDS) {
                earlyCancels.remove(earlyCancels.keySet().iterator().next());
            }
        }
    }

    void onWritable() {
        held.forEach(Run::onWritable);
        active.values().forEach(Run::onWritable);
    }

    void disconnect() {
        active.values().forEach(Run::disconnect);
        held.forEach(Run::disconnect);
    }

    @Override
    public void leave(Run run) {
        if (active.remove(run.requestId(), run)) {
            ended.add(run.requestId());
        }
    }

    @Override
    public void hold(Run run) {
        held.add(run);
    }

    @Override
    public void release(Run run) {
        held.remove(run);
    }

    private record EarlyCancel(String reason) {
    }
}
