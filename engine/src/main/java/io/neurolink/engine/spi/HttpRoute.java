package io.neurolink.engine.spi;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A plain HTTP route on the port that also serves the WebSockets.
 *
 * @param method      {@code GET}, {@code POST}, …; a {@code GET} route answers {@code HEAD} too.
 * @param path        path below the server's base path, starting with a slash; a last segment {@code *} matches everything below it.
 * @param handler     answers a request; called on the engine's cold executor, it may block; a failure is answered with 500.
 * @param description one sentence for people, possibly empty.
 * @param tags        words to group routes by, possibly none.
 */
public record HttpRoute(
        String method, String path, Function<HttpRequest, CompletionStage<HttpResponse>> handler, String description, List<String> tags) {

    /** Checks method and path. */
    public HttpRoute {
        Objects.requireNonNull(handler, "handler");
        if (method.isEmpty() || !method.equals(method.toUpperCase(java.util.Locale.ROOT))) {
            throw new IllegalArgumentException("method of an HttpRoute must be in upper case, not '" + method + "'");
        }
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path of an HttpRoute must start with '/', not '" + path + "'");
        }
        tags = List.copyOf(tags);
    }

    /**
     * {@return a route for {@code GET}}
     *
     * @param path    path below the base path.
     * @param handler gives the answer.
     */
    public static HttpRoute get(String path, Function<HttpRequest, HttpResponse> handler) {
        return of("GET", path, handler);
    }

    /**
     * {@return a route for {@code POST}}
     *
     * @param path    path below the base path.
     * @param handler gives the answer.
     */
    public static HttpRoute post(String path, Function<HttpRequest, HttpResponse> handler) {
        return of("POST", path, handler);
    }

    /**
     * {@return a route for that method}
     *
     * @param method  the method, in upper case.
     * @param path    path below the base path.
     * @param handler gives the answer.
     */
    public static HttpRoute of(String method, String path, Function<HttpRequest, HttpResponse> handler) {
        return new HttpRoute(method, path, request -> CompletableFuture.completedFuture(handler.apply(request)), "", List.of());
    }

    /**
     * {@return a copy that says so}
     *
     * @param sentence what the route is for.
     * @param words    words to group routes by.
     */
    public HttpRoute describedAs(String sentence, String... words) {
        return new HttpRoute(method, path, handler, sentence, List.of(words));
    }
}
