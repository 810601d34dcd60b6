package io.neurolink.perf.rig;

import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;

/**
 * What the connections of a {@link Client} have in common.
 *
 * @param target      where they lead
 * @param size        bytes of a message
 * @param isText      whether messages are text
 * @param maxBatch    messages of one connection that may be sent at once, at least 1
 * @param compression what is offered; the client closes it
 * @param tls         null for plain connections
 * @param clock       in nanoseconds, from any origin
 */
record Load(Target target, int size, boolean isText, int maxBatch, Compression compression, SSLContext tls, LongSupplier clock) {
}
