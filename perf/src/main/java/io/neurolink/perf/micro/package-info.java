/** Micro-benchmarks, one class for each thing measured; run by {@code java -jar neurolink-perf.jar jmh}. */
package io.neurolink.perf.micro;
