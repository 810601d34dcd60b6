package io.neurolink.engine.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpRoutesTest {
    private static HttpRoute named(String method, String path) {
        return HttpRoute.of(method, path, request -> HttpResponse.text(200, method + " " + path));
    }

    private static HttpRoutes routes() {
        HttpRoutes routes = new HttpRoutes("/api");
        routes.registerAtRoot(named("GET", "/*"));
        routes.register(named("GET", "/health"));
        routes.register(named("GET", "/health/websocket"));
        routes.register(named("POST", "/items"));
        routes.register(named("PUT", "/items"));
        routes.register(named("GET", "/files/*"));
        routes.register(named("GET", "/files/special/*"));
        routes.register(named("POST", "/files/upload"));
        routes.register(named("GET", "/"));
        return routes;
    }

    private static HttpResponse handle(HttpRoutes routes, String method, String target) {
        return routes.handle(TestRequest.of(method, target)).toCompletableFuture().join();
    }

    private static String header(HttpResponse response, String name) {
        return response.headers().stream().filter(entry -> entry.getKey().equals(name))
                .map(entry -> entry.getValue()).findFirst().orElse(null);
    }

    private static String body(HttpResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /api/health,                GET /health",
        "HEAD, /api/health,                GET /health",
        "GET,  /api/health?a=b,            GET /health",
        "GET,  /api/%68ealth,              GET /health",
        "GET,  /api/health/websocket,      GET /health/websocket",
        "GET,  /api/health/,               GET /*",
        "GET,  /api/healthy,               GET /*",
        "GET,  /health,                    GET /*",
        "GET,  /API/health,                GET /*",
        "GET,  /,                          GET /*",
        "GET,  /api,                       GET /",
        "GET,  /api/,                      GET /*",
        "POST, /api/items,                 POST /items",
        "PUT,  /api/items,                 PUT /items",
        "GET,  /api/files/,                GET /files/*",
        "GET,  /api/files/a/b,             GET /files/*",
        "GET,  /api/files/special/a,       GET /files/special/*",
        "GET,  /api/files/special,         GET /files/*",
        "GET,  /api/files,                 GET /*",
        "POST, /api/files/upload,          POST /files/upload",
    })
    void shouldFindTheMostSpecificRoute(String method, String target, String expected) {
        HttpResponse response = handle(routes(), method, target);
        assertEquals(200, response.status());
        assertEquals(expected, body(response));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "GET     | /api/items        | POST, PUT, OPTIONS",
        "HEAD    | /api/items        | POST, PUT, OPTIONS",
        "DELETE  | /api/items        | POST, PUT, OPTIONS",
        "POST    | /api/health       | GET, HEAD, OPTIONS",
        "get     | /api/health       | GET, HEAD, OPTIONS",
        "GET     | /api/files/upload | POST, OPTIONS",
        "POST    | /nowhere          | GET, HEAD, OPTIONS",
    })
    void shouldSayWhichMethodsAPathHas(String method, String target, String allow) {
        HttpResponse refused = handle(routes(), method, target);
        assertEquals(405, refused.status());
        assertEquals(allow, header(refused, "Allow"));
        assertEquals("{\"error\":\"Method Not Allowed\",\"message\":\"This path answers " + allow + "\",\"status\":405}", body(refused));
        HttpResponse options = handle(routes(), "OPTIONS", target);
        assertEquals(204, options.status());
        assertEquals(allow, header(options, "Allow"));
        assertEquals(0, options.body().length);
    }

    @Test
    void shouldAnswerOptionsForTheWholeServer() {
        HttpResponse options = handle(routes(), "OPTIONS", "*");
        assertEquals(204, options.status());
        assertEquals("GET, HEAD, POST, PUT, OPTIONS", header(options, "Allow"));
    }

    @Test
    void shouldLetARouteAnswerOptionsItself() {
        HttpRoutes routes = new HttpRoutes("");
        routes.register(named("OPTIONS", "/own"));
        routes.register(named("HEAD", "/own"));
        routes.register(named("GET", "/own"));
        assertEquals("OPTIONS /own", body(handle(routes, "OPTIONS", "/own")));
        assertEquals("HEAD /own", body(handle(routes, "HEAD", "/own")));
        assertEquals("GET, HEAD, OPTIONS", List.of(header(handle(routes, "PUT", "/own"), "Allow").split(", ")).stream().sorted()
                .reduce((a, b) -> a + ", " + b).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api", "/x", "/healthy", "/health/", "//health", "/health/../health", "/health%20"})
    void shouldNotFindWhatIsNotThere(String target) {
        HttpRoutes routes = new HttpRoutes("");
        routes.register(named("GET", "/health"));
        HttpResponse response = handle(routes, "GET", target);
        assertEquals(404, response.status());
        assertEquals("{\"error\":\"Not Found\",\"message\":\"There is nothing at this path\",\"status\":404}", body(response));
        assertNull(header(response, "Allow"));
        assertEquals(404, handle(routes, "OPTIONS", target).status());
    }

    @Test
    void shouldServeTheRootWithoutABasePath() {
        HttpRoutes routes = new HttpRoutes("");
        routes.register(named("GET", "/"));
        assertEquals("GET /", body(handle(routes, "GET", "/")));
        assertEquals("GET /", body(handle(routes, "GET", "http://a")));
    }

    @Test
    void shouldWaitForAnAnswer() {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpRoutes routes = new HttpRoutes("");
        routes.register(new HttpRoute("GET", "/", request -> answer, "", List.of()));
        CompletableFuture<HttpResponse> handled = routes.handle(TestRequest.of("GET", "/")).toCompletableFuture();
        assertEquals(false, handled.isDone());
        HttpResponse response = HttpResponse.empty(202);
        answer.complete(response);
        assertSame(response, handled.join());
    }

    @Test
    void shouldHandOnWhatAHandlerThrows() {
        IllegalStateException failure = new IllegalStateException("broken");
        HttpRoutes routes = new HttpRoutes("");
        routes.register(HttpRoute.get("/throws", request -> {
            throw failure;
        }));
        routes.register(new HttpRoute("GET", "/fails", request -> CompletableFuture.failedFuture(failure), "", List.of()));
        routes.register(new HttpRoute("GET", "/no-stage", request -> null, "", List.of()));
        routes.register(HttpRoute.get("/no-response", request -> null));
        assertSame(failure, failureOf(routes, "/throws"));
        assertSame(failure, failureOf(routes, "/fails"));
        assertInstanceOf(NullPointerException.class, failureOf(routes, "/no-stage"));
        assertInstanceOf(NullPointerException.class, failureOf(routes, "/no-response"));
    }

    private static Throwable failureOf(HttpRoutes routes, String target) {
        CompletableFuture<HttpResponse> handled = routes.handle(TestRequest.of("GET", target)).toCompletableFuture();
        return assertThrows(CompletionException.class, handled::join).getCause();
    }

    @Test
    void shouldNotTakeTheSameRouteTwice() {
        HttpRoutes routes = routes();
        int before = routes.routes().size();
        assertThrows(IllegalArgumentException.class, () -> routes.register(named("GET", "/health")));
        assertThrows(IllegalArgumentException.class, () -> routes.registerAtRoot(named("GET", "/api/health")));
        assertEquals(before, routes.routes().size());
        routes.register(named("POST", "/health"));
        assertEquals("POST /health", body(handle(routes, "POST", "/api/health")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "api", "/api/", "api/"})
    void shouldNotTakeABadBasePath(String basePath) {
        assertThrows(IllegalArgumentException.class, () -> new HttpRoutes(basePath));
    }

    @Test
    void shouldTakeRoutesFromSeveralThreadsWhileServing() throws Exception {
        HttpRoutes routes = new HttpRoutes("/api");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String path = "/r" + i;
            futures.add(threads.submit(() -> {
                routes.register(named("GET", path));
                assertEquals("GET " + path, body(handle(routes, "GET", "/api" + path)));
            }));
        }
        for (Future<?> future : futures) {
            future.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();
        assertEquals(200, routes.routes().size());
    }
}
