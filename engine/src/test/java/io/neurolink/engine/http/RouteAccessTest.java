package io.neurolink.engine.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteAccessTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final HttpRoute ROUTE = HttpRoute.get("/metrics", request -> HttpResponse.text(200, "secret"));

    /** A request with these headers, from one address by way of another. */
    private record Request(String remote, String peer, boolean isCrossOrigin, Map<String, String> fields) implements HttpRequest {
        static Request from(String address, String... fields) {
            return new Request(address, address, false, with(fields));
        }

        static Map<String, String> with(String... fields) {
            Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            all.put("Host", "localhost:3000");
            for (int i = 0; i < fields.length; i += 2) {
                all.put(fields[i], fields[i + 1]);
            }
            return all;
        }

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String path() {
            return "/api/metrics";
        }

        @Override
        public String queryParameter(String name) {
            return null;
        }

        @Override
        public String header(String name) {
            return fields.get(name);
        }

        @Override
        public List<String> headers(String name) {
            return fields.containsKey(name) ? List.of(fields.get(name)) : List.of();
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return new InetSocketAddress(remote, 1);
        }

        @Override
        public InetSocketAddress peerAddress() {
            return new InetSocketAddress(peer, 1);
        }
    }

    private static HttpResponse answer(RouteAccess access, HttpRequest request) {
        return access.guard(ROUTE).handler().apply(request).toCompletableFuture().join();
    }

    private static int status(RouteAccess access, HttpRequest request) {
        HttpResponse response = answer(access, request);
        assertEquals(response.status() == 200, new String(response.body(), StandardCharsets.UTF_8).equals("secret"));
        return response.status();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:3000", "LOCALHOST:1", "127.0.0.1:3000", "127.1.2.3", "[::1]:3000", "[::1]",
        "a.localhost:80"})
    void shouldLetThisMachineIn(String host) {
        assertEquals(200, status(RouteAccess.local(), Request.from("127.0.0.1", "Host", host)));
        assertEquals(200, status(RouteAccess.local(), Request.from("::1", "Host", host)));
    }

    /** The name of a page's host may be made to point to this machine: the browser still sends the name. */
    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "",
        "[::2]"})
    void shouldRefuseOtherHosts(String host) {
        assertEquals(403, status(RouteAccess.local(), Request.from("127.0.0.1", "Host", host)));
    }

    @Test
    void shouldRefuseOtherMachinesAndWhatIsForwardedForThem() {
        assertEquals(403, status(RouteAccess.local(), Request.from("192.0.2.7")));
        assertEquals(403, status(RouteAccess.local(), new Request("192.0.2.7", "127.0.0.1", false, Request.with())));
        assertEquals(403, status(RouteAccess.local(), new Request("127.0.0.1", "192.0.2.7", false, Request.with())));
        assertEquals(403, status(RouteAccess.local(), new Request("127.0.0.1", "127.0.0.1", true, Request.with())));
        for (String name : List.of("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")) {
            assertEquals(403, status(RouteAccess.local(), Request.from("127.0.0.1", name, "127.0.0.1")), name);
        }
    }

    private static String basic(String both) {
        return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldLetInWhoHasTheTokenFromAnywhere() {
        RouteAccess access = RouteAccess.token(TOKEN);
        assertEquals(200, status(access, Request.from("192.0.2.7", "Authorization", "Bearer " + TOKEN, "Host", "example.com")));
        assertEquals(200, status(access, Request.from("192.0.2.7", "Authorization", "bearer  " + TOKEN)));
        assertEquals(200, status(access, Request.from("192.0.2.7", "Authorization", basic("prometheus:" + TOKEN))));
        assertEquals(200, status(access, Request.from("192.0.2.7", "Authorization", basic(":" + TOKEN))));
    }

    @ParameterizedTest
    @CsvSource({"'Bearer 0123456789abcdeg'", "'Bearer'", "'Bearer '", "0123456789abcdef",
        "'Digest 0123456789abcdef'", "'Basic 0123456789abcdef'",
        "'Basic !!!'", "'Bearer 0123456789abcdef0'", "'Basic OjAxMjM0NTY3ODlhYmNkZWc='"})
    void shouldRefuseAnythingElse(String authorization) {
        HttpResponse refusal = answer(RouteAccess.token(TOKEN), Request.from("127.0.0.1", "Authorization", authorization));
        assertEquals(401, refusal.status());
        assertEquals(List.of("Bearer realm=\"neurolink\"", "Basic realm=\"neurolink\""),
                refusal.headers().stream().filter(header -> header.getKey().equals("WWW-Authenticate")).map(Map.Entry::getValue).toList());
        assertFalse(new String(refusal.body(), StandardCharsets.UTF_8).contains(TOKEN));
    }

    @Test
    void shouldRequireTheTokenOnThisMachineToo() {
        assertEquals(401, status(RouteAccess.token(TOKEN), Request.from("127.0.0.1")));
    }

    @Test
    void shouldLetEverybodyInWhereThatIsWanted() {
        assertEquals(200, status(RouteAccess.open(), Request.from("192.0.2.7", "Host", "example.com")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "0123456789abcde", "0123456789 abcdef", "0123456789abcd\u00e9f"})
    void shouldRefuseTokensThatAreNone(String token) {
        String message = assertThrows(IllegalArgumentException.class, () -> RouteAccess.token(token)).getMessage();
        assertEquals("a token must have at least 16 characters, all printable ASCII", message);
    }

    @Test
    void shouldTellMetrics() {
        MetricFamily family = new MetricFamily("m", MetricFamily.Kind.GAUGE, "", "d",
                List.of(new MetricFamily.Sample(Map.of(), 2, null)));
        HttpRoute route = MetricsRoute.of(List.of(() -> List.of(family), () -> List.of(family)));
        assertEquals("GET /metrics", route.method() + " " + route.path());
        HttpResponse text = route.handler().apply(Request.from("127.0.0.1")).toCompletableFuture().join();
        assertEquals("# HELP m d\n# TYPE m gauge\nm 4\n", new String(text.body(), StandardCharsets.UTF_8));
        assertTrue(text.headers().contains(Map.entry("Content-Type", "text/plain; version=0.0.4; charset=utf-8")));
        HttpResponse openMetrics = route.handler().apply(Request.from("127.0.0.1", "Accept", "application/openmetrics-text"))
                .toCompletableFuture().join();
        assertTrue(openMetrics.headers().contains(Map.entry("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")));
        assertTrue(new String(openMetrics.body(), StandardCharsets.UTF_8).endsWith("# EOF\n"));
    }
}
