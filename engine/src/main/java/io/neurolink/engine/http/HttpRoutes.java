package io.neurolink.engine.http;

import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Finds the route for a request. An exact path beats a {@code *}, a longer {@code *} beats a shorter one. What no route answers is answered
 * here: 404, 405 with {@code Allow}, {@code OPTIONS}. Routes may be added while requests are served.
 */
public final class HttpRoutes {
    private static final String ANY = "/*";

    private record Entry(String path, HttpRoute route) {
        boolean isPrefix() {
            return path.endsWith(ANY);
        }

        /** The path, or for a {@code *} what it must start with, slash included. */
        String fixedPart() {
            return isPrefix() ? path.substring(0, path.length() - 1) : path;
        }

        boolean matches(String requestPath) {
            return isPrefix() ? requestPath.startsWith(fixedPart()) : requestPath.equals(path);
        }

        boolean answers(String method) {
            return route.method().equals(method) || method.equals("HEAD") && route.method().equals("GET");
        }
    }

    private final String basePath;
    private final AtomicReference<List<Entry>> entries = new AtomicReference<>(List.of());

    /**
     * Begins without routes.
     *
     * @param basePath what the paths of routes are below, such as {@code /api}; empty for none.
     * @throws IllegalArgumentException if it does not start with a slash, or ends with one.
     */
    public HttpRoutes(String basePath) {
        if (!basePath.isEmpty() && (!basePath.startsWith("/") || basePath.endsWith("/"))) {
            throw new IllegalArgumentException("basePath must be empty, or start with '/' and not end with it, not '" + basePath + "'");
        }
        this.basePath = basePath;
    }

    /**
     * Adds a route below the base path.
     *
     * @param route the route.
     * @throws IllegalArgumentException if its method and path are taken.
     */
    public void register(HttpRoute route) {
        add(new Entry(basePath + (route.path().equals("/") && !basePath.isEmpty() ? "" : route.path()), route));
    }

    /**
     * Adds a route whose path is not below the base path.
     *
     * @param route the route.
     * @throws IllegalArgumentException if its method and path are taken.
     */
    public void registerAtRoot(HttpRoute route) {
        add(new Entry(route.path(), route));
    }

    private void add(Entry added) {
        entries.updateAndGet(before -> {
            for (Entry entry : before) {
                if (entry.path.equals(added.path) && entry.route.method().equals(added.route.method())) {
                    throw new IllegalArgumentException("route given twice: " + added.route.method() + " " + added.path);
                }
            }
            List<Entry> after = new ArrayList<>(before);
            after.add(added);
            return List.copyOf(after);
        });
    }

    /** {@return the routes, in the order they were added} */
    public List<HttpRoute> routes() {
        return entries.get().stream().map(Entry::route).toList();
    }

    /**
     * Answers a request. The answer to {@code HEAD} is that to {@code GET}, with its body, whose length the caller announces and which it
     * does not send. May block as long as the route's handler does.
     *
     * @param request the request.
     * @return completes with the answer, or with what the route's handler threw, which the caller answers with 500; never null.
     */
    public CompletionStage<HttpResponse> handle(HttpRequest request) {
        List<Entry> matching = mostSpecific(request.path());
        for (Entry entry : matching) {
            if (entry.answers(request.method())) {
                return call(entry, request);
            }
        }
        return CompletableFuture.completedFuture(unanswered(request, matching));
    }

    /** All entries of the best matching path; other methods of a worse one do not count. */
    private List<Entry> mostSpecific(String path) {
        List<Entry> best = List.of();
        for (Entry entry : entries.get()) {
            if (entry.matches(path)) {
                int order = best.isEmpty() ? 1 : compare(entry, best.get(0));
                if (order > 0) {
                    best = new ArrayList<>(List.of(entry));
                } else if (order == 0) {
                    best.add(entry);
                }
            }
        }
        return best;
    }

    private static int compare(Entry a, Entry b) {
        int exactFirst = Boolean.compare(!a.isPrefix(), !b.isPrefix());
        return exactFirst != 0 ? exactFirst : Integer.compare(a.path.length(), b.path.length());
    }

    private static CompletionStage<HttpResponse> call(Entry entry, HttpRequest request) {
        try {
            CompletionStage<HttpResponse> answer = entry.route.handler().apply(request);
            return Objects.requireNonNull(answer, "a route gave no answer")
                    .thenApply(response -> Objects.requireNonNull(response, "a route gave no response"));
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private HttpResponse unanswered(HttpRequest request, List<Entry> matching) {
        if (request.method().equals("OPTIONS") && request.path().equals("*")) {
            return HttpResponse.empty(204).withHeader("Allow", allow(entries.get()));
        }
        if (matching.isEmpty()) {
            return error(404, "Not Found", "There is nothing at this path");
        }
        String allow = allow(matching);
        return request.method().equals("OPTIONS")
                ? HttpResponse.empty(204).withHeader("Allow", allow)
                : error(405, "Method Not Allowed", "This path answers " + allow).withHeader("Allow", allow);
    }

    private static String allow(List<Entry> entries) {
        Set<String> methods = new LinkedHashSet<>();
        for (Entry entry : entries) {
            methods.add(entry.route.method());
            if (entry.route.method().equals("GET")) {
                methods.add("HEAD");
            }
        }
        methods.add("OPTIONS");
        return String.join(", ", methods);
    }

    /** The texts are our own: nothing in them needs escaping. */
    private static HttpResponse error(int status, String error, String message) {
        return HttpResponse.json(status, "{\"error\":\"" + error + "\",\"message\":\"" + message + "\",\"status\":" + status + "}");
    }
}
