package io.neurolink.agent.session;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What remains of a connection as long as runs that it started are known. Any thread. */
final class RunStarter {
    /** Runs it started that have not ended. */
    final AtomicInteger activeRuns = new AtomicInteger();
    /** Runs it started while it was anonymous. */
    final Map<String, Run> anonymousRuns = new ConcurrentHashMap<>();
    /** Whose limits its anonymous runs share. */
    final RunMemory.Owner owner = new RunMemory.Owner();
}
