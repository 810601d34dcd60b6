/**
 * The engine beside other servers: all of them at once, each in a process of its own, taking turns; a table of ratios, raw results,
 * and a page
 * with plots.
 */
package io.neurolink.perf.compare;
