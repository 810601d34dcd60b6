/** How results are shown: tables, JSON, plots. */
package io.neurolink.perf.report;
