package io.neurolink.agent.session;

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
    final LongAdder expired = new LongAdder();
    final AtomicInteger active = new AtomicInteger();
    final AtomicInteger kept = new AtomicInteger();
    final AtomicInteger viewers = new AtomicInteger();
    final AtomicLong number = new AtomicLong();
}
