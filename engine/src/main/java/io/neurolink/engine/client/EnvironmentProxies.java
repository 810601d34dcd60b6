package io.neurolink.engine.client;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the environment says of proxies, read once. */
final class EnvironmentProxies implements ProxyChooser {
    private static final int DEFAULT_PORT = 80;

    private final ClientProxy plain;
    private final ClientProxy secure;
    private final List<String> exceptions;

    private EnvironmentProxies(ClientProxy plain, ClientProxy secure, List<String> exceptions) {
        this.plain = plain;
        this.secure = secure;
        this.exceptions = exceptions;
    }

    static EnvironmentProxies of(Map<String, String> variables) {
        String no = first(variables, "no_proxy", "NO_PROXY");
        List<String> exceptions = no == null ? List.of()
                : Arrays.stream(no.toLowerCase(Locale.ROOT).split(",")).map(String::strip).filter(entry -> !entry.isEmpty()).toList();
        return new EnvironmentProxies(proxy(variables, "http_proxy", "all_proxy", "ALL_PROXY"),
                proxy(variables, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), exceptions);
    }

    private static String first(Map<String, String> variables, String... names) {
        return Arrays.stream(names).map(variables::get).filter(value -> value != null && !value.isBlank()).findFirst().orElse(null);
    }

    private static ClientProxy proxy(Map<String, String> variables, String... names) {
        for (String name : names) {
            String value = variables.get(name);
            if (value != null && !value.isBlank()) {
                return parse(name, value.strip());
            }
        }
        return null;
    }

    private static ClientProxy parse(String name, String value) {
        try {
            URI uri = URI.create(value.contains("://") ? value : "http://" + value);
            if (uri.getScheme().equalsIgnoreCase("http") && uri.getHost() != null) {
                ClientProxy proxy = ClientProxy.of(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort());
                return uri.getUserInfo() == null ? proxy : withCredentials(proxy, uri.getUserInfo());
            }
        } catch (IllegalArgumentException notAnAddress) {
            // Said below, without the value: it may hold a password.
        }
        throw new IllegalArgumentException(name + " must be http://[user:password@]host:port");
    }

    private static ClientProxy withCredentials(ClientProxy proxy, String userInfo) {
        int colon = userInfo.indexOf(':');
        return colon < 0 ? proxy.basic(userInfo, "") : proxy.basic(userInfo.substring(0, colon), userInfo.substring(colon + 1));
    }

    @Override
    public ClientProxy choose(URI target) {
        ServerAddress address = ServerAddress.of(target);
        String host = address.host().toLowerCase(Locale.ROOT);
        return exceptions.stream().anyMatch(entry -> matches(entry, host, address.port())) ? null : address.isSecure() ? secure : plain;
    }

    private static boolean matches(String entry, String host, int port) {
        if (entry.equals("*")) {
            return true;
        }
        String name = entry;
        int colon = entry.lastIndexOf(':');
        if (colon > 0 && colon == entry.indexOf(':') || entry.startsWith("[") && entry.indexOf("]:") > 0) {
            if (!entry.substring(colon + 1).equals(String.valueOf(port))) {
                return false;
            }
            name = entry.substring(0, colon);
        }
        name = name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
        name = name.startsWith("*.") ? name.substring(2) : name.startsWith(".") ? name.substring(1) : name;
        return host.equals(name) || host.endsWith("." + name);
    }
}
