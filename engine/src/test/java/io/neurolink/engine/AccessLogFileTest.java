package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogFileTest {
    @TempDir
    private Path folder;

    private long nowNs = Long.MAX_VALUE;

    private AccessLogFile open(Path file) throws IOException {
        return new AccessLogFile(file, () -> nowNs);
    }

    @Test
    void shouldAppend() throws IOException {
        Path file = folder.resolve("access.log");
        Files.writeString(file, "before\n");
        try (AccessLogFile log = open(file)) {
            log.accept("größe 😀");
            assertEquals(List.of("before", "größe 😀"), Files.readAllLines(file), "nothing waits in a buffer");
        }
    }

    @Test
    void shouldMakeAFileAnewThatWasMovedAway() throws IOException {
        Path file = folder.resolve("access.log");
        Path rotated = folder.resolve("access.log.1");
        try (AccessLogFile log = open(file)) {
            log.accept("one");
            Files.move(file, rotated);
            nowNs += TimeUnit.SECONDS.toNanos(1) - 1;
            log.accept("two");
            nowNs++;
            log.accept("three");
            assertEquals(List.of("one", "two"), Files.readAllLines(rotated));
            assertEquals(List.of("three"), Files.readAllLines(file));
            Files.move(file, rotated, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(file, "somebody else's\n");
            nowNs += TimeUnit.SECONDS.toNanos(1);
            log.accept("four");
            assertEquals(List.of("somebody else's", "four"), Files.readAllLines(file));
        }
    }

    @Test
    void shouldRefuseWhatCannotBeWritten() {
        assertThrows(IOException.class, () -> AccessLog.json().toFile(folder.resolve("missing").resolve("access.log")));
        assertThrows(IOException.class, () -> AccessLog.json().toFile(folder));
    }

    @Test
    void shouldComplainWhenItWasClosed() throws IOException {
        AccessLogFile log = open(folder.resolve("access.log"));
        log.close();
        assertThrows(UncheckedIOException.class, () -> log.accept("late"));
    }

    @Test
    void shouldTakeTheLinesOfAServerAndBeClosedWithIt() throws Exception {
        Path file = folder.resolve("access.log");
        try (NeuroLinkServer server = NeuroLinkServer.builder().port(0).accessLog(AccessLog.json().toFile(file)).build().start()) {
            HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/none")).build(),
                    BodyHandlers.ofString());
            // A server that ends does not wait long for its log.
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (server.counters().get("access_log.lines") == 0 && System.nanoTime() - deadlineNs < 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals(1, lines.size());
        assertTrue(lines.get(0).contains("\"path\":\"/none\",\"status\":404"), lines.get(0));
    }
}
