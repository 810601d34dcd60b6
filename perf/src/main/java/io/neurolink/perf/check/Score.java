package io.neurolink.perf.check;

/**
 * What one benchmark came to.
 *
 * @param timeNs         nanoseconds per operation in the best iteration, which other work on the machine has disturbed least.
 * @param allocatedBytes bytes per operation.
 */
record Score(double timeNs, double allocatedBytes) {
}
