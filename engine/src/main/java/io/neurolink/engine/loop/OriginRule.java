package io.neurolink.engine.loop;

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
     * @param origins values of the {@code Origin} fields; more than one is nobody's.
     * @param host    where the request goes, or null.
     * @param allowed origins that may, {@code *} for all; empty = those of the same host.
     * @return whether the request may be served.
     */
    static boolean allows(List<String> origins, String host, Set<String> allowed) {
        if (origins.isEmpty()) {
            return true;
        }
        String origin = origins.get(0);
        if (origins.size() > 1) {
            return false;
        }
        if (allowed.isEmpty()) {
            return Origins.isSameHost(origin, host);
        }
        return allowed.contains("*") || allowed.stream().anyMatch(one -> Origins.isSameOrigin(one, origin));
    }
}
