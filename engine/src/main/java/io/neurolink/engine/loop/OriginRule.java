package io.neurolink.engine.loop;

import io.neurolink.protocol.handshake.HttpRequestHead;
import io.neurolink.protocol.handshake.Origins;
import java.util.List;
import java.util.Set;

/** Which pages may make a browser do something here. */
final class OriginRule {
    private OriginRule() {
    }

    /**
     * Browsers name the page's origin where that matters; what names none is no browser, and no page can make it do something in a user's
     * name.
     *
     * @param head    the request; more than one {@code Origin} is nobody's.
     * @param allowed origins that may, {@code *} for all; empty = those of the same host.
     * @return whether the request may be served.
     */
    static boolean allows(HttpRequestHead head, Set<String> allowed) {
        List<String> origins = head.headers("Origin");
        if (origins.isEmpty()) {
            return true;
        }
        String origin = origins.get(0);
        if (origins.size() > 1) {
            return false;
        }
        if (allowed.isEmpty()) {
            return Origins.isSameHost(origin, head.host());
        }
        return allowed.contains("*") || allowed.stream().anyMatch(one -> Origins.isSameOrigin(one, origin));
    }
}
