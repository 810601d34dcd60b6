package io.neurolink.engine.http;

import io.neurolink.engine.spi.HttpRequest;
import io.neurolink.engine.spi.HttpResponse;
import io.neurolink.engine.spi.HttpRoute;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Files for browsers, from a folder or from the class path, with content types and validators ({@code ETag}, 304). A path can only name a
 * file below the root: there are no dot segments, hidden files, links that lead out, or listings; what is not there is 404. A path that
 * ends with a slash means {@code index.html} there.
 */
public final class StaticFiles {
    /** The largest file served, in bytes: 16 MiB. A larger one in a folder is not found. */
    public static final long MAX_FILE_BYTES = 16 * 1024 * 1024;

    private static final String INDEX = "index.html";

    /** Gives the content for a path of plain names joined by slashes, or null. */
    private interface Source {
        Content find(String path) throws IOException;
    }

    private final Source source;

    private StaticFiles(Source source) {
        this.source = source;
    }

    /**
     * The files in a folder, read anew for every request.
     *
     * @param folder the folder.
     * @return its files.
     * @throws UncheckedIOException if there is no such folder.
     */
    public static StaticFiles ofFolder(Path folder) {
        try {
            Path root = folder.toRealPath();
            if (!Files.isDirectory(root)) {
                throw new IllegalArgumentException("not a folder: " + folder);
            }
            return new StaticFiles(path -> inFolder(root, path));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Content inFolder(Path root, String path) throws IOException {
        Path file = realFile(root, path);
        boolean isServed = file != null && file.startsWith(root) && Files.isRegularFile(file) && Files.size(file) <= MAX_FILE_BYTES;
        return isServed ? Content.of(path, Files.readAllBytes(file)) : null;
    }

    /** The file with all links followed; null where the file system has none: missing, below a file, name too long, links in a circle. */
    private static Path realFile(Path root, String path) throws IOException {
        try {
            return root.resolve(path).toRealPath();
        } catch (InvalidPathException | FileSystemException notThere) {
            return null;
        }
    }

    /**
     * Files on the class path, all read here and now: nothing a request names is ever looked up.
     *
     * @param loader opens a resource by its name, or gives null; usually {@code Some.class::getResourceAsStream}.
     * @param root   what the names are relative to, such as {@code /console}.
     * @param names  the files, such as {@code index.html}.
     * @return the files.
     * @throws IllegalArgumentException if one is missing; the message names it.
     */
    public static StaticFiles ofResources(Function<String, InputStream> loader, String root, List<String> names) {
        Map<String, Content> contents = new HashMap<>();
        for (String name : names) {
            contents.put(name, load(loader, root + "/" + name));
        }
        return new StaticFiles(contents::get);
    }

    private static Content load(Function<String, InputStream> loader, String resource) {
        try (InputStream in = loader.apply(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no such resource: " + resource);
            }
            return Content.of(resource, in.readAllBytes());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * A route that serves these files.
     *
     * @param path where they are, with everything before it, for {@link HttpRoutes#registerAtRoot}: {@code /} or {@code /docs}.
     * @return a route for everything below that path.
     */
    public HttpRoute routeAt(String path) {
        String prefix = path.endsWith("/") ? path : path + "/";
        return HttpRoute.get(prefix + "*", request -> serve(request, request.path().substring(prefix.length())))
                .describedAs("Files", "static");
    }

    /**
     * Answers one request; may block on the disk.
     *
     * @param request the request, a {@code GET} or {@code HEAD}.
     * @param path    the file's path below the root, decoded, without a slash at its start.
     * @return the file, 304 if the client has it, or 404.
     * @throws UncheckedIOException if the file cannot be read.
     */
    public HttpResponse serve(HttpRequest request, String path) {
        String name = path.isEmpty() || path.endsWith("/") ? path + INDEX : path;
        Content content = isPlain(name) ? find(name) : null;
        if (content == null) {
            return HttpResponse.text(404, "Not found\n");
        }
        return content.answer(request.headers("If-None-Match"));
    }

    private Content find(String name) {
        try {
            return source.find(name);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Whether every segment is the plain name of a file that is not hidden, on every kind of file system. */
    private static boolean isPlain(String path) {
        for (String segment : path.split("/", -1)) {
            if (segment.isEmpty() || segment.startsWith(".") || segment.chars().anyMatch(StaticFiles::isSpecial)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSpecial(int c) {
        return c == '\\' || c == ':' || Character.isISOControl(c);
    }

    /** What is sent of one file. */
    private record Content(String type, String entityTag, byte[] bytes) {
        static Content of(String name, byte[] bytes) {
            return new Content(ContentTypes.of(name), EntityTags.of(bytes), Objects.requireNonNull(bytes));
        }

        HttpResponse answer(List<String> ifNoneMatch) {
            HttpResponse response = EntityTags.matches(entityTag, ifNoneMatch)
                    ? HttpResponse.empty(304)
                    : HttpResponse.of(200, type, bytes);
            return response.withHeader("ETag", entityTag).withHeader("Cache-Control", "no-cache")
                    .withHeader("X-Content-Type-Options", "nosniff");
        }
    }
}
