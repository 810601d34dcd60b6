package io.neurolink.agent.nats;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Where NATS is, and who says so to it.
 *
 * @param urls     the servers, without a secret
 * @param user     name of the user, or null
 * @param password of the user, or null
 * @param token    instead of a user; or null
 * @param isTls    whether one of them is to be spoken to over TLS
 */
record NatsServers(List<String> urls, String user, String password, String token, boolean isTls) {
    private static final int DEFAULT_PORT = 4222;

    /**
     * @param list {@code nats://[USER:PASSWORD@|TOKEN@]HOST[:PORT]}, or {@code tls://}, several separated by commas; who connects is said
     *             once, for all of them.
     * @throws IllegalArgumentException if it is something else; the message contains no secret.
     */
    static NatsServers parse(String list) {
        List<String> urls = new ArrayList<>();
        String userInfo = null;
        boolean isTls = false;
        for (String text : list.split(",", -1)) {
            URI uri = parseOne(text.strip());
            userInfo = uri.getRawUserInfo() == null ? userInfo : uri.getRawUserInfo();
            isTls |= uri.getScheme().equals("tls");
            urls.add(uri.getScheme() + "://" + uri.getHost() + ":" + (uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort()));
        }
        if (userInfo == null) {
            return new NatsServers(List.copyOf(urls), null, null, null, isTls);
        }
        int colon = userInfo.indexOf(':');
        return colon < 0 ? new NatsServers(List.copyOf(urls), null, null, decode(userInfo), isTls)
                : new NatsServers(List.copyOf(urls), decode(userInfo.substring(0, colon)),
                        decode(userInfo.substring(colon + 1)), null, isTls);
    }

    private static URI parseOne(String text) {
        String complaint = "must be like nats://host:port or tls://host:port, several separated by commas";
        try {
            URI uri = new URI(text.contains("://") ? text : "nats://" + text);
            boolean isKnown = "nats".equals(uri.getScheme()) || "tls".equals(uri.getScheme());
            if (!isKnown || uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > 65_535 || !uri.getRawPath().isEmpty()
                    || uri.getRawQuery() != null || uri.getRawFragment() != null) {
                throw new IllegalArgumentException(complaint);
            }
            return uri;
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(complaint);
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return String.join(",", urls);
    }
}
