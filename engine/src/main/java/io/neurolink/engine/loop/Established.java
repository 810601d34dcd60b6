package io.neurolink.engine.loop;

import io.neurolink.engine.spi.AuthenticatedUser;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.protocol.Role;

/**
 * What an opening handshake came to, on either side.
 *
 * @param role        which side this is
 * @param path        path of the request
 * @param subprotocol agreed on, or null
 * @param user        authenticated by the handshake, or null
 * @param handler     takes the connection's events
 * @param upgrade     the request, where credentials may come again; else null
 * @param deflate     compression, or null if there is none
 */
record Established(Role role, String path, String subprotocol, AuthenticatedUser user, WebSocketHandler handler, Upgrade upgrade,
        ConnectionDeflate deflate) {
}
