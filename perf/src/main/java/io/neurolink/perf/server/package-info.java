/** The server that the attack suite and the soak run against: a process of its own, asked how it is through its standard input. */
package io.neurolink.perf.server;
