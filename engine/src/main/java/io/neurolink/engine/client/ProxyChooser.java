package io.neurolink.engine.client;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Map;
import java.util.Objects;

/**
 * Says which proxy leads to a server. Called by whoever calls {@code connect}, and on a thread that may block where a socket
 * {@linkplain ReconnectingWebSocket reconnects}; by several threads at once.
 */
@FunctionalInterface
public interface ProxyChooser {
    /**
     * {@return the proxy, or null to connect to the server itself}
     *
     * @param target address of the server, {@code ws://} or {@code wss://}.
     * @throws RuntimeException which {@code connect} throws on.
     */
    ClientProxy choose(URI target);

    /** {@return goes through no proxy} */
    static ProxyChooser none() {
        return target -> null;
    }

    /**
     * {@return goes through that proxy}
     *
     * @param proxy for every server.
     */
    static ProxyChooser always(ClientProxy proxy) {
        Objects.requireNonNull(proxy, "proxy");
        return target -> proxy;
    }

    /**
     * Asks the JDK's selector for an {@code http://} or {@code https://} address of the same host and port: {@code
     * ProxySelector.getDefault()}
     * knows the system properties {@code http.proxyHost}, {@code https.proxyHost} and {@code http.nonProxyHosts}. Its first HTTP proxy is
     * taken; SOCKS is passed over. The server is reached directly where there is none.
     *
     * @param selector the selector.
     * @return goes where the selector says.
     */
    static ProxyChooser of(ProxySelector selector) {
        Objects.requireNonNull(selector, "selector");
        return target -> selector.select(httpOf(target)).stream().filter(proxy -> proxy.type() == Proxy.Type.HTTP).findFirst()
                .map(proxy -> (InetSocketAddress) proxy.address())
                .map(address -> ClientProxy.of(address.getHostString(), address.getPort())).orElse(null);
    }

    private static URI httpOf(URI target) {
        return URI.create(target.toASCIIString().replaceFirst("(?i)^ws", "http"));
    }

    /**
     * Goes by the variables that command-line tools know: {@code https_proxy} for {@code wss://} and {@code http_proxy} for {@code ws://},
     * {@code all_proxy} where that is missing, and {@code no_proxy}, a list of hosts with commas between: a name stands for itself and
     * everything below it, with or without a leading dot or {@code *.}; a port may follow; {@code *} stands for all. Lower-case names come
     * before upper-case ones, and {@code HTTP_PROXY} is not looked at, as it may be a header of a CGI request.
     *
     * @param variables {@code System.getenv()}.
     * @return goes where the variables say; what is wrong with them is found here.
     * @throws IllegalArgumentException if a proxy is not {@code http://[user:password@]host:port}, {@code http://} being optional; the
     * message
     *                                  names the variable.
     */
    static ProxyChooser environment(Map<String, String> variables) {
        return EnvironmentProxies.of(variables);
    }
}
