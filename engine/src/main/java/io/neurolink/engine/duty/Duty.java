package io.neurolink.engine.duty;

import org.agrona.concurrent.Agent;

/**
 * One thread's work, cut into cycles: {@link #onStart()} once, {@link #doWork()} again and again, {@link #onClose()} once, all on the
 * thread that owns the duty. {@code doWork} never blocks, does a bounded amount of work and answers how much it did; 0 means there was
 * nothing to do.
 *
 * <p>A duty starts no thread. A {@link DutyThread} runs it, or a test steps it by calling {@code doWork} itself.
 *
 * <p>The name exists because <em>agent</em> means an AI agent everywhere else in this project.
 */
public interface Duty extends Agent {
}
