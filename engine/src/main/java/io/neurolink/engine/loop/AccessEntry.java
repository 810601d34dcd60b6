package io.neurolink.engine.loop;

import io.neurolink.engine.spi.ConnectionTraffic;
import java.net.InetSocketAddress;

/** Something that the access log has a line for. What is null is not known, or does not apply. */
public sealed interface AccessEntry {
    /** @return when, in milliseconds since 1970. */
    long timeMs();

    /** @return how long it took, in nanoseconds. */
    long durationNs();

    /** @return the client's address, also behind a trusted proxy. */
    InetSocketAddress remoteAddress();

    /** @return the path, decoded, without the query. */
    String path();

    /**
     * A request that was answered.
     *
     * @param isUpgrade    whether it asked for a WebSocket
     * @param method       of HTTP
     * @param status       of the answer
     * @param bytesIn      of its body
     * @param bytesOut     of the answer, its head included
     * @param reason       why it was refused
     * @param connectionId of the WebSocket that came of it
     * @param userId       whose it is
     * @param subprotocol  that was agreed on
     * @param traceId      of the distributed trace that the request belongs to
     */
    record Request(long timeMs, long durationNs, InetSocketAddress remoteAddress, boolean isUpgrade, String method, String path, int status,
            long bytesIn, long bytesOut, String reason, String connectionId, String userId, String subprotocol, String traceId)
            implements AccessEntry {
    }

    /**
     * A connection that is gone.
     *
     * @param connectionId its id
     * @param userId       whose it was at the end
     * @param subprotocol  that was agreed on
     * @param traffic      what came and went
     * @param code         close code that the handler was told
     * @param reason       reason that the handler was told
     * @param traceId      of the distributed trace that its upgrade belongs to
     */
    record End(long timeMs, long durationNs, InetSocketAddress remoteAddress, String path, String connectionId, String userId,
            String subprotocol, ConnectionTraffic traffic, int code, String reason, String traceId) implements AccessEntry {
    }
}
