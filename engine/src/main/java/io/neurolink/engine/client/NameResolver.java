package io.neurolink.engine.client;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Finds the addresses of hosts. Called on a thread that may block, by several at once. */
@FunctionalInterface
public interface NameResolver {
    /**
     * {@return its addresses, at least one, in the order they are to be tried}
     *
     * @param host a name, or an address literal without brackets.
     * @throws UnknownHostException if there is none.
     */
    InetAddress[] resolve(String host) throws UnknownHostException;
}
