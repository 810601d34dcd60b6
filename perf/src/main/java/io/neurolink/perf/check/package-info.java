/**
 * Watches the micro-benchmarks: measures chosen ones beside their baselines and compares the ratios with those that are stored. Absolute
 * times are of a machine and an hour; a ratio within one run survives both, roughly.
 */
package io.neurolink.perf.check;
