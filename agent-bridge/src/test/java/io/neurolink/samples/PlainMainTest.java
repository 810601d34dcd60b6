package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the plain program of docs/embedding.md as a process, and ends it as an operator does. */
@Timeout(120)
class PlainMainTest {
    private static final int ENDED_BY_SIGTERM = 128 + 15;

    private static WebSocket.Listener listener(Queue<String> heard) {
        return new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
                heard.add(data.toString());
                socket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                heard.add("close " + code);
                return null;
            }
        };
    }

    @Test
    void shouldServeAndDrainAtASignal() throws Exception {
        var builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), PlainMain.class.getName()).redirectErrorStream(true);
        builder.environment().put("PORT", "0");
        builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL") || name.equals("JDK_JAVA_OPTIONS"));
        Process process = builder.start();
        try (var out = process.inputReader()) {
            String line = out.readLine();
            assertTrue(line.startsWith("listening on port "), line);
            var heard = new LinkedBlockingQueue<String>();
            URI uri = URI.create("ws://localhost:" + line.substring("listening on port ".length()) + "/ws/echo");
            HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(uri, listener(heard)).join().sendText("plain", true).join();
            assertEquals("You said: plain", heard.poll(60, TimeUnit.SECONDS));
            process.toHandle().destroy();
            assertEquals("close 1001", heard.poll(60, TimeUnit.SECONDS));
            String report = out.readLine();
            assertTrue(report.startsWith("drained in ") && report.contains("1 connections"), report);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(ENDED_BY_SIGTERM, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }
}
