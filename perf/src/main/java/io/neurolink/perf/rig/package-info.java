/**
 * Measures a WebSocket server from outside: a load client on one thread that checks every byte it gets back, and the workloads it runs.
 *
 * <p>A run writes one JSON object in one line. What is not known, or has no meaning for the workload, is not in it:
 *
 * <pre>
 *   workload               "throughput", "latency", "fanout", "connect" or "idle"
 *   url                    where the server was
 *   connections            connections; fanout: subscribers; connect: slots
 *   size                   bytes of a message
 *   inFlight               messages in flight on each connection; latency: 0; fanout: broadcasts outstanding; connect: slots
 *   text, tls              true or false
 *   compression            "off", "shared" or "dedicated"
 *   rate                   latency only: messages a second over all connections that were to be sent
 *   seconds                length of the measured window
 *   messages, perSecond    counted in the window: echoes; fanout: deliveries; connect: connections made and closed
 *   ok, firstError         whether the run is valid; else what went wrong first, else null
 *   latencyNs              mean, p50, p90, p99, p999, max in nanoseconds.
 *                          throughput: from just before the write to the read that completed the answer
 *                          latency: from the time at which the message should have been sent
 *                          fanout: from the publisher's write to each subscriber's read
 *                          connect: from the begin of the TCP connect to the end of the close handshake
 *   sendLagNs              latency only: the same of how late the client itself was to send
 *   publishToLastNs        fanout only: the same from the publisher's write to the last subscriber's read
 *   broadcasts             fanout only: messages that every subscriber got in the window
 *   clientIdle             share of the window in which the client had nothing to do; below about 0.1 it is the client that is measured
 *   serverCpuNsPerMessage  processor time of all threads of the server's process; means little for a server that spins while it waits
 *   serverBusy             the same in cores
 *   othersBusy             cores that neither the server nor the client used: other processes disturbed the run
 *   memory                 idle only: before, open, touched, closed; each with rssBytes, and with liveHeapBytes of a Java process
 *   perConnection          idle only: bytes: rssOpen, rssTouched, heapOpen, heapTouched
 *   held                   idle with --hold only: seconds, pings that came meanwhile, and cpuNsPerConnectionSecond, the server's processor
 *                          time for each connection and second
 *   histogram              all of latencyNs, in the compressed encoding of HdrHistogram, in base 64
 * </pre>
 */
package io.neurolink.perf.rig;
