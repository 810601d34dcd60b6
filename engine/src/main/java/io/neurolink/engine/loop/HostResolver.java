package io.neurolink.engine.loop;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Looks names up. Called on cold threads: it may block. */
@FunctionalInterface
public interface HostResolver {
    /**
     * @param host a name, or an address literal without brackets.
     * @return its addresses, at least one, in the order they are to be tried.
     * @throws UnknownHostException if there is none.
     */
    InetAddress[] resolve(String host) throws UnknownHostException;
}
