/**
 * What RFC 6455 demands, as one table of cases: what a peer sends, what must come back, and at which byte. The table knows neither server
 * nor client, neither sockets nor threads; the tests that run it do.
 */
package io.neurolink.engine.conformance;
