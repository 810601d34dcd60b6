package io.neurolink.engine.loop;

import java.util.Set;

/**
 * Limits that hold before there is a WebSocket.
 *
 * @param maxConnectionsPerAddress   sockets one address may have open; 0 = no limit
 * @param ipv6PrefixLength           leading bits of an IPv6 address that make one address for the limits, 1 to 128
 * @param maxFailedUpgradesPerMinute refused upgrades and failed authentications of one address; 0 = no limit
 * @param maxHandshakes              sockets of the server that are not upgraded
 * @param routeTimeoutNs             time a route has to answer
 * @param routeOrigins               origins whose pages may send requests that change something; empty = same host
 * @param trustedProxies             who may say for whom it has connected; no limit per address holds for them
 * @param proxyProtocol              whether every connection begins with a header of the PROXY protocol
 */
public record FrontDoorSettings(
        int maxConnectionsPerAddress,
        int ipv6PrefixLength,
        int maxFailedUpgradesPerMinute,
        int maxHandshakes,
        long routeTimeoutNs,
        Set<String> routeOrigins,
        AddressRanges trustedProxies,
        boolean proxyProtocol) {
    /** What a server has whose configuration says nothing. */
    public static final FrontDoorSettings DEFAULTS = new FrontDoorSettings(
            0, 64, 60, 1024, 30_000_000_000L, Set.of(), AddressRanges.NONE, false);
}
