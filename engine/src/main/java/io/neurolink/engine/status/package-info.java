/**
 * What an engine tells about itself while it runs: counters, distinct errors, stalls. Written on the hot path, read from anywhere.
 *
 * <pre>
 *   loop-0    CounterSet ──┐
 *   loop-1    CounterSet ──┼──▶ Counters.sum / snapshot ──▶ API, health routes, tests
 *   worker-0  CounterSet ──┤
 *   others    shared set ──┘
 * </pre>
 *
 * One writer per set keeps counting as cheap as adding to a field; {@link io.neurolink.engine.status.Counters} is the one place outside
 * {@code engine.duty} with memory-ordered access.
 */
package io.neurolink.engine.status;
