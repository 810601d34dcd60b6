package io.neurolink.perf.check;

/**
 * What one comparison came to.
 *
 * @param timeNs         nanoseconds per operation of the benchmark in its best iteration; for the reader only.
 * @param ratio          that time divided by the baseline's: the smaller, the better.
 * @param allocatedBytes bytes per operation.
 * @param overheadBytes  bytes per operation that are most likely of measuring itself.
 */
record Figure(double timeNs, double ratio, double allocatedBytes, double overheadBytes) {

    /** @return the better of both in every respect: what disturbs a measurement only ever makes it worse. */
    Figure better(Figure other) {
        return new Figure(Math.min(timeNs, other.timeNs), Math.min(ratio, other.ratio), Math.min(allocatedBytes, other.allocatedBytes),
                Math.max(overheadBytes, other.overheadBytes));
    }
}
