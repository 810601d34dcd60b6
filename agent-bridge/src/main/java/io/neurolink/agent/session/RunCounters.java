package io.neurolink.agent.session;

import io.neurolink.agent.metrics.AgentMeter;
import io.neurolink.agent.metrics.AgentMetrics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What happened to runs. Any thread. */
final class RunCounters {
    final LongAdder started = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder resumes = new LongAdder();
    final LongAdder resumeFailures = new LongAdder();
    final LongAdder viewersDetached = new LongAdder();
    final LongAdder pauses = new LongAdder();
    final LongAdder forgotten = new LongAdder();
    final AtomicInteger active = new AtomicInteger();
    final AtomicInteger kept = new AtomicInteger();
    final AtomicInteger viewers = new AtomicInteger();
    final AtomicLong number = new AtomicLong();

    /** @return what of an agent's metrics is counted here. */
    AgentMeter.Counted counted(long logBytes, long logLimitBytes) {
        return new AgentMeter.Counted(new AgentMetrics.Present(active.get(), kept.get(), viewers.get(), logBytes, logLimitBytes),
                started.sum(), pauses.sum(), viewersDetached.sum(), forgotten.sum());
    }

    /** @return all of them by name. */
    Map<String, Long> toMap(long logBytes) {
        var map = new LinkedHashMap<String, Long>();
        map.put("runs.active", (long) active.get());
        map.put("runs.kept", (long) kept.get());
        map.put("runs.log_bytes", logBytes);
        map.put("runs.viewers", (long) viewers.get());
        map.put("runs.started", started.sum());
        map.put("runs.refused", refused.sum());
        map.put("runs.cancelled", cancelled.sum());
        map.put("runs.failed", failed.sum());
        map.put("runs.forgotten", forgotten.sum());
        map.put("runs.pauses", pauses.sum());
        map.put("runs.resumes", resumes.sum());
        map.put("runs.resume_failures", resumeFailures.sum());
        map.put("runs.viewers_detached", viewersDetached.sum());
        return map;
    }
}
