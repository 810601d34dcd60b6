package io.neurolink.engine.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.spi.HttpResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StaticFilesTest {
    private static final Map<String, String> RESOURCES =
            Map.of("/web/index.html", "<p>☃</p>", "/web/app.js", "let a;", "/web/sub/index.html", "sub", "/web/secret.txt", "unlisted");

    private static final Function<String, InputStream> LOADER =
            name -> RESOURCES.containsKey(name) ? new ByteArrayInputStream(RESOURCES.get(name).getBytes(StandardCharsets.UTF_8)) : null;

    @TempDir
    private Path temp;

    private Path folder;

    @BeforeEach
    void writeFiles() throws IOException {
        folder = Files.createDirectory(temp.resolve("web"));
        Files.writeString(temp.resolve("outside.txt"), "outside");
        Files.writeString(folder.resolve("index.html"), "<p>☃</p>");
        Files.writeString(folder.resolve("app.js"), "let a;");
        Files.writeString(folder.resolve(".hidden"), "hidden");
        Files.writeString(folder.resolve("a b.txt"), "space");
        Files.createDirectories(folder.resolve("sub/.git"));
        Files.writeString(folder.resolve("sub/index.html"), "sub");
        Files.writeString(folder.resolve("sub/.git/config"), "hidden");
        Files.createDirectory(folder.resolve("empty"));
    }

    private List<StaticFiles> both() {
        return List.of(StaticFiles.ofFolder(folder),
                StaticFiles.ofResources(LOADER, "/web", List.of("index.html", "app.js", "sub/index.html")));
    }

    private static HttpResponse get(StaticFiles files, String target, String... headerLines) {
        return request(files, "GET", target, headerLines);
    }

    private static HttpResponse request(StaticFiles files, String method, String target, String... headerLines) {
        HttpRoutes routes = new HttpRoutes("/api");
        routes.registerAtRoot(files.routeAt("/"));
        return routes.handle(TestRequest.of(method, target, headerLines)).toCompletableFuture().join();
    }

    private static String header(HttpResponse response, String name) {
        return response.headers().stream().filter(entry -> entry.getKey().equals(name)).map(Map.Entry::getValue).findFirst().orElse(null);
    }

    private static String body(HttpResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "/,               <p>☃</p>, text/html; charset=utf-8",
        "/index.html,     <p>☃</p>, text/html; charset=utf-8",
        "/index.html?a=b, <p>☃</p>, text/html; charset=utf-8",
        "/app.js,         let a;,   text/javascript; charset=utf-8",
        "/%61pp.js,       let a;,   text/javascript; charset=utf-8",
        "/sub/,           sub,      text/html; charset=utf-8",
        "/sub/index.html, sub,      text/html; charset=utf-8",
    })
    void shouldServeFiles(String target, String content, String contentType) {
        for (StaticFiles files : both()) {
            HttpResponse response = get(files, target);
            assertEquals(200, response.status());
            assertEquals(content, body(response));
            assertEquals(contentType, header(response, "Content-Type"));
            assertEquals("no-cache", header(response, "Cache-Control"));
            assertEquals("nosniff", header(response, "X-Content-Type-Options"));
            assertEquals(body(response), body(request(files, "HEAD", target)), "the engine leaves the body out, but needs its length");
            assertEquals(405, request(files, "POST", target).status());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/none", "/sub", "/sub/none", "/empty/", "/empty", "/index.html/", "/app.js/", "/APP.JS/x",
        "/..", "/../outside.txt", "/sub/../../outside.txt", "/sub/../index.html", "/./index.html", "/.", "/%2e%2e/outside.txt",
        "/%2e/index.html", "/.%2e/outside.txt", "/..\\outside.txt", "/sub\\index.html", "//index.html", "/sub//index.html", "//etc/passwd",
        "/.hidden", "/sub/.git/config", "/sub/.git/", "/C:/index.html", "/index.html:stream", "/link.txt", "/linked/outside.txt",
        "/...", "/web/index.html", "/secret.txt", "/back\\slash.txt", "/colon:.txt", "/%C2%85", "/%EF%BF%BF", "/circle", "/circle/a",
        "/broken"})
    void shouldFindNothingElse(String target) throws IOException {
        Files.createSymbolicLink(folder.resolve("link.txt"), temp.resolve("outside.txt"));
        Files.createSymbolicLink(folder.resolve("linked"), temp);
        Files.createSymbolicLink(folder.resolve("circle"), folder.resolve("circle"));
        Files.createSymbolicLink(folder.resolve("broken"), folder.resolve("nowhere"));
        Files.writeString(folder.resolve("back\\slash.txt"), "special");
        Files.writeString(folder.resolve("colon:.txt"), "special");
        for (StaticFiles files : both()) {
            HttpResponse response = get(files, target);
            assertEquals(404, response.status());
            assertEquals("Not found\n", body(response));
            assertNull(header(response, "ETag"));
        }
    }

    @Test
    void shouldFindNothingUnderNamesNoFileSystemHas() {
        for (String target : List.of("/" + "a".repeat(300), "/" + "a/".repeat(3000), "/" + "%E2%98%83".repeat(200) + ".html")) {
            assertEquals(404, get(StaticFiles.ofFolder(folder), target).status());
        }
    }

    @Test
    void shouldFollowALinkThatStaysInside() throws IOException {
        Files.createSymbolicLink(folder.resolve("again.js"), folder.resolve("app.js"));
        assertEquals("let a;", body(get(StaticFiles.ofFolder(folder), "/again.js")));
    }

    @Test
    void shouldServeAFolderThatIsReachedByALink() throws IOException {
        Path link = Files.createSymbolicLink(temp.resolve("alias"), folder);
        assertEquals("let a;", body(get(StaticFiles.ofFolder(link), "/app.js")));
    }

    @Test
    void shouldServeNamesThatNeedEscapes() throws IOException {
        assertEquals("space", body(get(StaticFiles.ofFolder(folder), "/a%20b.txt")));
    }

    @Test
    void shouldServeBelowAPath() {
        HttpRoutes routes = new HttpRoutes("");
        routes.register(StaticFiles.ofFolder(folder).routeAt("/docs"));
        assertEquals("let a;", body(routes.handle(TestRequest.of("GET", "/docs/app.js")).toCompletableFuture().join()));
        assertEquals("<p>☃</p>", body(routes.handle(TestRequest.of("GET", "/docs/")).toCompletableFuture().join()));
        assertEquals(404, routes.handle(TestRequest.of("GET", "/docs/docs/app.js")).toCompletableFuture().join().status());
        assertEquals(404, routes.handle(TestRequest.of("GET", "/app.js")).toCompletableFuture().join().status());
        assertEquals(404, routes.handle(TestRequest.of("GET", "/docsapp.js")).toCompletableFuture().join().status());
    }

    @Test
    void shouldAnswer304WhereTheClientHasTheFile() {
        for (StaticFiles files : both()) {
            String tag = header(get(files, "/app.js"), "ETag");
            assertTrue(tag.matches("\"[\\w-]{16}\""), tag);
            for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag, "*", "x," + tag + ",y", "\"a\"\r\nIf-None-Match: " + tag)) {
                HttpResponse response = get(files, "/app.js", "If-None-Match: " + known);
                assertEquals(304, response.status(), known);
                assertEquals(0, response.body().length);
                assertEquals(tag, header(response, "ETag"));
                assertEquals("no-cache", header(response, "Cache-Control"));
                assertNull(header(response, "Content-Type"));
            }
            for (String other : List.of("\"other\"", "", tag.replace("\"", ""), "w/" + tag, tag + "x", header(get(files, "/"), "ETag"))) {
                assertEquals(200, get(files, "/app.js", "If-None-Match: " + other).status(), other);
            }
        }
    }

    @Test
    void shouldSeeThatAFileHasChanged() throws IOException {
        StaticFiles files = StaticFiles.ofFolder(folder);
        String before = header(get(files, "/app.js"), "ETag");
        Files.writeString(folder.resolve("app.js"), "let b;");
        HttpResponse after = get(files, "/app.js", "If-None-Match: " + before);
        assertEquals("let b;", body(after));
        assertNotEquals(before, header(after, "ETag"));
        Files.delete(folder.resolve("app.js"));
        assertEquals(404, get(files, "/app.js").status());
    }

    @Test
    void shouldNotServeAFileThatIsTooLarge() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("large.bin").toFile(), "rw")) {
            file.setLength(StaticFiles.MAX_FILE_BYTES);
        }
        HttpResponse largest = get(StaticFiles.ofFolder(folder), "/large.bin");
        assertEquals(StaticFiles.MAX_FILE_BYTES, largest.body().length);
        assertEquals("application/octet-stream", header(largest, "Content-Type"));
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("large.bin").toFile(), "rw")) {
            file.setLength(StaticFiles.MAX_FILE_BYTES + 1);
        }
        assertEquals(404, get(StaticFiles.ofFolder(folder), "/large.bin").status());
    }

    @Test
    void shouldServeBytesAsTheyAre() throws IOException {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        Files.write(folder.resolve("all.png"), all);
        HttpResponse response = get(StaticFiles.ofFolder(folder), "/all.png");
        assertArrayEquals(all, response.body());
        assertEquals("image/png", header(response, "Content-Type"));
    }

    @Test
    void shouldNotBeMadeFromWhatIsNotThere() {
        assertThrows(UncheckedIOException.class, () -> StaticFiles.ofFolder(temp.resolve("none")));
        assertThrows(IllegalArgumentException.class, () -> StaticFiles.ofFolder(folder.resolve("app.js")));
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class,
                () -> StaticFiles.ofResources(LOADER, "/web", List.of("app.js", "none.js")));
        assertEquals("no such resource: /web/none.js", error.getMessage());
    }

    @Test
    void shouldReadRealResources() {
        StaticFiles files = StaticFiles.ofResources(StaticFiles.class::getResourceAsStream, "/io/neurolink/engine/http",
                List.of("StaticFiles.class"));
        assertEquals((byte) 0xCA, get(files, "/StaticFiles.class").body()[0]);
        assertEquals(404, get(files, "/HttpRoutes.class").status());
    }

    @ParameterizedTest
    @CsvSource({
        "a.html, text/html; charset=utf-8", "A.HTML, text/html; charset=utf-8",
        "a.b.css, text/css; charset=utf-8", "a.mjs, text/javascript; charset=utf-8",
        "a.d.ts, text/plain; charset=utf-8", "a.json, application/json",
        "a.js.map, application/json", "a.svg, image/svg+xml",
        "a.wasm, application/wasm", "a.woff2, font/woff2",
        "a, application/octet-stream", "html, application/octet-stream",
        "a.unknown, application/octet-stream", "a., application/octet-stream",
    })
    void shouldKnowContentTypes(String name, String contentType) {
        assertEquals(contentType, ContentTypes.of(name));
    }
}
