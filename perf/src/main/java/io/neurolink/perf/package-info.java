/** The command line of the perf jar: servers to measure, and what measures them. */
package io.neurolink.perf;
