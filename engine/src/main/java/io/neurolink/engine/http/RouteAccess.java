package io.neurolink.engine.http;

import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Who may use a route that is not for everybody, such as metrics: this machine only, or who has a token. Immutable; any thread.
 *
 * <pre>{@code
 * server.registerRoute(RouteAccess.token(secret).guard(MetricsRoute.of(server::families)));
 * }</pre>
 */
public final class RouteAccess {
    /** Characters a token must have at least: nobody counts how often it is guessed. */
    public static final int MIN_TOKEN_LENGTH = 16;

    private static final List<String> OF_PROXIES = List.of("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via");
    private static final Pattern LOCAL_HOST =
            Pattern.compile("(localhost|[a-z0-9-]+\\.localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]*)?");

    private final Function<HttpRequest, HttpResponse> check;

    private RouteAccess(Function<HttpRequest, HttpResponse> check) {
        this.check = check;
    }

    /** {@return for everybody who reaches the port} */
    public static RouteAccess open() {
        return new RouteAccess(request -> null);
    }

    /**
     * For clients on this machine: both ends of the socket are loopback addresses, the request names a loopback host (else a page of any
     * host could have its name point here), it is of no other page, and no proxy says that it speaks for somebody. A proxy on this
     * machine that says nothing of the kind, and sets {@code Host} to localhost, is not told apart from a local client: use a token then.
     *
     * @return the rule; others get 403.
     */
    public static RouteAccess local() {
        return new RouteAccess(request -> isLocal(request) ? null
                : refusal(403, "Forbidden", "only clients on this machine, asking for localhost, may read this; others need a token"));
    }

    /**
     * For who has a token, sent as {@code Authorization: Bearer TOKEN}, or as the password of {@code Basic} with any user name.
     *
     * @param token the secret, at least {@value #MIN_TOKEN_LENGTH} printable ASCII characters.
     * @return the rule; others get 401.
     * @throws IllegalArgumentException if the token is too short or cannot be sent; the message does not contain it.
     */
    public static RouteAccess token(String token) {
        if (token.length() < MIN_TOKEN_LENGTH || !token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("a token must have at least " + MIN_TOKEN_LENGTH + " characters, all printable ASCII");
        }
        byte[] expected = digest(token);
        return new RouteAccess(request -> {
            String given = credential(request.header("Authorization"));
            return given != null && MessageDigest.isEqual(expected, digest(given)) ? null
                    : refusal(401, "Unauthorized", "a token is required").withHeader("WWW-Authenticate", "Bearer realm=\"neurolink\"")
                            .withHeader("WWW-Authenticate", "Basic realm=\"neurolink\"");
        });
    }

    /**
     * {@return the same for those who may use it; others are refused and it does not hear of them}
     *
     * @param route a route.
     */
    public HttpRoute guard(HttpRoute route) {
        return new HttpRoute(route.method(), route.path(), request -> {
            HttpResponse refusal = check.apply(request);
            return refusal == null ? route.handler().apply(request) : CompletableFuture.completedFuture(refusal);
        }, route.description(), route.tags());
    }

    private static boolean isLocal(HttpRequest request) {
        String host = request.header("Host");
        return isLoopback(request.peerAddress()) && isLoopback(request.remoteAddress()) && !request.isCrossOrigin()
                && host != null && LOCAL_HOST.matcher(host.toLowerCase(Locale.ROOT)).matches()
                && OF_PROXIES.stream().allMatch(name -> request.header(name) == null);
    }

    private static boolean isLoopback(InetSocketAddress address) {
        return address != null && address.getAddress() != null && address.getAddress().isLoopbackAddress();
    }

    private static String credential(String authorization) {
        if (authorization == null) {
            return null;
        }
        int space = authorization.indexOf(' ');
        String scheme = space < 0 ? "" : authorization.substring(0, space).toLowerCase(Locale.ROOT);
        String value = authorization.substring(space + 1).strip();
        return scheme.equals("bearer") ? value : scheme.equals("basic") ? password(value) : null;
    }

    private static String password(String encoded) {
        try {
            String both = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = both.indexOf(':');
            return colon < 0 ? null : both.substring(colon + 1);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HttpResponse refusal(int status, String error, String message) {
        return HttpResponse.json(status, "{\"error\":\"" + error + "\",\"message\":\"" + message + "\",\"status\":" + status + "}")
                .withHeader("Cache-Control", "no-store");
    }
}
