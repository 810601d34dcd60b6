package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged jar as scripts call it, without a flag. */
@Timeout(300)
class PerfJarIT {
    private static final String JAR = System.getProperty("neurolink.jar");

    private static Process start(String... args) throws IOException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL") || name.equals("JDK_JAVA_OPTIONS"));
        return builder.start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo-server --port 0 --idle backoff", "echo-server 0 --broadcast --idle blocking"})
    void shouldSendBackUntilSigterm(String line) throws Exception {
        Process server = start(line.split(" "));
        try {
            BufferedReader out = server.inputReader();
            String announced = out.readLine();
            assertNotNull(announced, () -> server.errorReader().lines().toList().toString());
            assertTrue(announced.matches("listening on ws://127\\.0\\.0\\.1:\\d+"), announced);
            assertEquals("hello", echo(announced.substring("listening on ".length()), "hello"));
            server.toHandle().destroy();
            assertTrue(server.waitFor(120, TimeUnit.SECONDS));
            assertEquals(0, server.exitValue());
            assertEquals(List.of(), server.errorReader().lines().toList());
            assertEquals(List.of(), out.lines().toList());
        } finally {
            server.destroyForcibly();
        }
    }

    private static String echo(String url, String text) {
        var answer = new CompletableFuture<String>();
        WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create(url), new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
                answer.complete(data.toString());
                return null;
            }
        }).join();
        socket.sendText(text, true);
        return answer.orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Test
    void shouldListTheBenchmarks() throws Exception {
        Process jmh = start("jmh", "-l");
        List<String> lines = jmh.inputReader().lines().toList();
        assertEquals(0, jmh.waitFor());
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("io.neurolink.perf.micro.")), lines.toString());
    }

    @Test
    void shouldKeepLicences() throws IOException {
        try (JarFile jar = new JarFile(JAR)) {
            for (String name : List.of("META-INF/LICENSE", "META-INF/NOTICE", "LICENSE", "THIRD-PARTY")) {
                assertNotNull(jar.getEntry(name), name);
            }
            assertTrue(jar.stream().noneMatch(entry -> entry.getName().endsWith("module-info.class")));
        }
    }
}
