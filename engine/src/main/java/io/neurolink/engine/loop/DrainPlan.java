package io.neurolink.engine.loop;

/**
 * How the connections of a loop are to be closed; the same for all loops.
 *
 * @param windowNs         time over which the closes of all connections are spread, and their peers' return as well; 0 = all at once
 * @param timeoutNs        time that busy connections get
 * @param closeTimeoutNs   time for last words and closing handshakes after that; what is left is cut
 * @param reconnectAfterNs shortest time after which peers are asked to come back
 * @param code             close code
 * @param reason           close reason
 */
public record DrainPlan(long windowNs, long timeoutNs, long closeTimeoutNs, long reconnectAfterNs, int code, String reason) {
}
