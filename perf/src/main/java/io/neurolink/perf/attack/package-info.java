/** The attack suite: known ways to hurt a server of WebSockets, each met by a bound, with a well-behaved neighbour measured beside it. */
package io.neurolink.perf.attack;
