/** Raw sockets, many on one thread, whose bytes are whatever an attacker likes. Nothing here uses the engine. */
package io.neurolink.perf.wire;
