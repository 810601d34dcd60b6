package io.neurolink.engine;

import io.neurolink.engine.cluster.ClusterNode;
import io.neurolink.engine.duty.DutyThread;
import io.neurolink.engine.duty.Idling;
import io.neurolink.engine.status.CountedErrorHandler;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

/** The thread that connects a server with the other nodes of its cluster. */
final class ClusterThread implements AutoCloseable {
    private final DutyThread thread;

    private ClusterThread(DutyThread thread) {
        this.thread = thread;
    }

    static ClusterThread join(ClusterConfig config, List<WebSocketConnectionManager> managers, Engine engine, Executor executor) {
        ClusterNode node = newNode(config, managers, engine, executor, SystemNanoClock.INSTANCE, SystemEpochClock.INSTANCE);
        return new ClusterThread(new DutyThread(node.roleName(), node,
                new Idling(io.neurolink.engine.duty.IdleMode.BLOCKING, node), node::wakeUp,
                new CountedErrorHandler(engine.counters().shared(), EngineCounter.LOOP_ERRORS, engine.errors())));
    }

    /** Managers with the same path are told apart by their order, which is that of all nodes. */
    static ClusterNode newNode(ClusterConfig config, List<WebSocketConnectionManager> managers, Engine engine, Executor executor,
            NanoClock clock, EpochClock epochClock) {
        CounterSet counters = engine.counters().newSet("neurolink-cluster");
        ClusterNode node = new ClusterNode(config.bus(), config.settings(), new ClusterNode.Wiring(counters, engine.counters().shared(),
                new CountedErrorHandler(counters, EngineCounter.LOOP_ERRORS, engine.errors()),
                new CountedErrorHandler(counters, EngineCounter.HANDLER_ERRORS, engine.errors()), clock, epochClock, executor));
        Map<String, Integer> timesSeen = new HashMap<>();
        for (WebSocketConnectionManager manager : managers) {
            String path = manager.config().path();
            int times = timesSeen.merge(path, 1, Integer::sum);
            manager.join(node, times == 1 ? path : path + "#" + times);
        }
        return node;
    }

    void start() {
        thread.start();
    }

    boolean isCurrentThread() {
        return thread.isCurrentThread();
    }

    @Override
    public void close() {
        thread.close();
    }
}
