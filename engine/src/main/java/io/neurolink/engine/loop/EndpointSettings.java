package io.neurolink.engine.loop;

import io.neurolink.engine.spi.RateLimits;
import io.neurolink.engine.spi.SlowConsumerPolicy;
import io.neurolink.protocol.FrameLimits;
import java.util.List;
import java.util.Set;

/**
 * What the loop has to know of an endpoint's configuration, in the units it works with.
 *
 * @param frameLimits          limits of messages
 * @param pingIntervalNs       time between pings; 0 = none
 * @param pongTimeoutNs        time for an answer
 * @param jsonPings            whether pings are text messages
 * @param idleTimeoutNs        time without traffic; 0 = for ever
 * @param closeTimeoutNs       time for the closing handshake
 * @param authTimeoutNs        time for an authenticator's decision
 * @param firstMessageNs       time for authentication by message; 0 = not allowed
 * @param maxBufferedBytes     bytes that may wait for a peer
 * @param writableHighMark     above it the connection is not writable
 * @param writableLowMark      below it the connection is writable again
 * @param slowConsumerPolicy   what happens above {@code maxBufferedBytes}
 * @param deliverControlFrames whether handlers get control frames as messages
 * @param subprotocols         in order of preference
 * @param allowedOrigins       empty = same host
 * @param maxControlFrames     pings, pongs and empty frames of a peer per second; 0 = no limit
 * @param rateLimits           messages and bytes per second
 * @param deflate              compression, or null if there is none
 */
public record EndpointSettings(
        FrameLimits frameLimits,
        long pingIntervalNs,
        long pongTimeoutNs,
        boolean jsonPings,
        long idleTimeoutNs,
        long closeTimeoutNs,
        long authTimeoutNs,
        long firstMessageNs,
        int maxBufferedBytes,
        int writableHighMark,
        int writableLowMark,
        SlowConsumerPolicy slowConsumerPolicy,
        boolean deliverControlFrames,
        List<String> subprotocols,
        Set<String> allowedOrigins,
        int maxControlFrames,
        RateLimits rateLimits,
        EndpointDeflate deflate) {
}
