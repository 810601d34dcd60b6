package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.TestSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged server as its users start it: {@code java -jar neurolink-server.jar}, no flag. */
@Timeout(300)
class AgentServerJarIT {
    private static final long SIGINT_BIT = 1L << 2 - 1;
    /** Who is in a hurry cuts a client that was too slow to answer the close frame. */
    private static final String HURRIED = report("(1 closed, 0|0 closed, 1) cut", 1);
    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void shouldDrainAtASignalAndEndWithStatus0(String signal) throws Exception {
        assumeFalse(signal.equals("INT") && isInterruptIgnored(), "the build was started with SIGINT ignored, and so is the server");
        try (JarProcess server = JarProcess.start(Map.of(), "--port", "0");
                TestSocket client = TestSocket.connect(server.url() + "/ws/agent")) {
            client.next();
            client.send("{\"type\":\"generate\",\"payload\":{\"prompt\":\"hello\",\"options\":{\"delayMs\":0}}}");
            assertTrue(client.nextOfType("response").contains("You said: hello"));
            server.signal(signal);
            client.nextOfType("shutdown");
            assertEquals(1001, client.closeCode());
            assertEquals(0, server.status());
            assertTrue(server.stderr().matches(report("1 closed, 0 cut", 0)), server.stderr());
            assertEquals(List.of(), server.stdout());
        }
    }

    private static String report(String closedAndCut, int cancelled) {
        return "neurolink-server: drained in \\d+\\.\\d s( \\(hurried\\))?: 1 connections, 0 left, " + closedAndCut
                + ", 0 interrupted, 0 messages undelivered; runs: \\d+ finished, " + cancelled + " cancelled";
    }
    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void shouldLetARunFinishUnlessASecondSignalHurries(String signal) throws Exception {
        assumeFalse(signal.equals("INT") && isInterruptIgnored(), "the build was started with SIGINT ignored, and so is the server");
        try (JarProcess server = JarProcess.start(Map.of(), "--port", "0", "--drain-timeout", "600000");
                TestSocket client = TestSocket.connect(server.url() + "/ws/agent")) {
            client.next();
            client.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"x\",\"options\":{\"words\":100000,\"delayMs\":20}}}");
            client.nextOfType("chunk");
            server.signal(signal);
            client.nextOfType("shutdown");
            client.nextOfType("chunk");
            server.signal(signal);
            assertTrue(client.nextOfType("error").contains("SHUTTING_DOWN"));
            assertEquals(1001, client.closeCode());
            assertEquals(0, server.status());
            assertTrue(server.stderr().matches(HURRIED) && server.stderr().contains("hurried"), server.stderr());
        }
    }

    /** As systemd does with {@code StandardInput=socket}. The port stays open for a successor while the server drains. */
    @Test
    void shouldListenOnASocketThatIsItsStandardInput() throws Exception {
        try (JarProcess server = JarProcess.startOnSocket("--inherit-socket", "--event-loops", "2");
                TestSocket client = TestSocket.connect(server.url() + "/ws")) {
            client.next();
            client.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"x\",\"options\":{\"words\":100000,\"delayMs\":20}}}");
            client.nextOfType("chunk");
            server.signal("TERM");
            client.nextOfType("shutdown");
            URI url = URI.create(server.url());
            try (Socket waiting = new Socket(url.getHost(), url.getPort())) {
                assertTrue(waiting.isConnected());
                server.signal("TERM");
                assertEquals(1001, client.closeCode());
                assertEquals(0, server.status());
                assertTrue(server.stderr().matches(HURRIED), server.stderr());
            }
        }
    }

    /** Nobody is refused: who comes while one server drains and the next one is not there yet is served by that. */
    @Test
    void shouldLeaveConnectionsToTheNextOnTheSameSocket() throws Exception {
        try (JarProcess server = JarProcess.startTwiceOnSocket("--inherit-socket", "--drain-timeout", "600000")) {
            String url = server.url() + "/ws";
            CompletableFuture<TestSocket> waiting;
            String first;
            try (TestSocket client = TestSocket.connect(url)) {
                first = serverId(client);
                client.send("{\"type\":\"stream\",\"payload\":{\"prompt\":\"x\",\"options\":{\"words\":300,\"delayMs\":20}}}");
                client.nextOfType("accepted");
                server.signal("TERM");
                client.nextOfType("shutdown");
                waiting = connectLater(url);
                client.nextOfType("stream_complete");
                assertEquals(1001, client.closeCode());
            }
            assertEquals("listening on " + server.url(), server.nextLine());
            try (TestSocket client = waiting.get(120, TimeUnit.SECONDS)) {
                assertNotEquals(first, serverId(client));
            }
            server.signal("TERM");
            assertEquals(0, server.status());
        }
    }

    private static String serverId(TestSocket client) throws IOException {
        return client.nextOfType("connected").replaceAll(".*\"serverId\":\"([^\"]*)\".*", "$1");
    }

    private static CompletableFuture<TestSocket> connectLater(String url) {
        CompletableFuture<TestSocket> connected = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                connected.complete(TestSocket.connect(url));
            } catch (IOException e) {
                connected.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return connected;
    }

    @Test
    void shouldEndWithStatus1IfStandardInputIsNoSocket() throws Exception {
        try (JarProcess server = JarProcess.run(Map.of(), "--inherit-socket")) {
            assertEquals(1, server.status());
            assertEquals("neurolink-server: cannot inherit a socket: standard input is no listening TCP socket", server.stderr());
        }
    }

    /** Background jobs of a shell without job control ignore it, and so does every process that they start. */
    private static boolean isInterruptIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return false;
        }
        String mask = Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:")).findFirst().orElse("SigIgn:0");
        return (Long.parseUnsignedLong(mask.substring(mask.indexOf(':') + 1).strip(), 16) & SIGINT_BIT) != 0;
    }

    @Test
    void shouldPreferOptionsToEnvironmentToFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("server.json"), "{\"port\": 1, \"path\": [\"/file\"], \"basePath\": \"/file\"}");
        Map<String, String> environment = Map.of("NEUROLINK_PORT", "2", "NEUROLINK_PATH", "/env", "NEUROLINK_CONFIG", file.toString());
        try (JarProcess server = JarProcess.start(environment, "--port", "0")) {
            assertEquals(404, TestSocket.refusal(server.url() + "/file"));
            TestSocket.connect(server.url() + "/env").close();
            String health = server.url().replace("ws:", "http:") + "/file/health";
            try (var in = URI.create(health).toURL().openStream()) {
                assertEquals("{\"status\":\"ok\"}", new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void shouldEndWithStatus2ForABadOption() throws Exception {
        try (JarProcess server = JarProcess.run(Map.of(), "--prot", "1")) {
            assertEquals(2, server.status());
            assertEquals("neurolink-server: unknown option --prot", server.stderr());
            assertEquals(List.of(), server.stdout());
        }
    }

    @Test
    void shouldEndWithStatus1IfThePortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"));
                JarProcess server = JarProcess.run(Map.of(), "--port", String.valueOf(taken.getLocalPort()))) {
            assertEquals(1, server.status());
            assertTrue(server.stderr().contains("localhost:" + taken.getLocalPort()), server.stderr());
            assertEquals(1, server.stderr().lines().count());
        }
    }

    @Test
    void shouldTellItsVersion() throws Exception {
        try (JarProcess server = JarProcess.run(Map.of(), "--version")) {
            assertEquals(0, server.status());
            assertEquals(List.of("neurolink-server " + System.getProperty("neurolink.version")), server.stdout());
            assertEquals("", server.stderr());
        }
    }

    @Test
    void shouldTellMetricsAndShowItselfFromOutside() throws Exception {
        try (JarProcess server = JarProcess.start(Map.of("OPS", "a-token-of-operators"), "--port", "0", "--admin-token-env", "OPS");
                TestSocket client = TestSocket.connect(server.url() + "/ws/agent")) {
            client.next();
            String url = server.url().replace("ws:", "http:") + "/api";
            try (var in = URI.create(url + "/metrics").toURL().openStream()) {
                String metrics = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(metrics.contains("\nneurolink_connections_open{path=\"/ws/agent\"} 1\n"), metrics);
            }
            try (JarProcess status = JarProcess.run(Map.of("OPS", "a-token-of-operators"), "status", "--url", url, "--token-env", "OPS",
                    "--interval", "100")) {
                List<String> shown = status.stdout();
                assertEquals(0, status.status(), status.stderr());
                assertEquals("", status.stderr());
                assertTrue(shown.get(0).startsWith("neurolink-server " + System.getProperty("neurolink.version") + "   ready"),
                        shown::toString);
                assertTrue(shown.stream().anyMatch(line -> line.startsWith("neurolink-loop-0 ")), shown::toString);
            }
            try (JarProcess refused = JarProcess.run(Map.of(), "status", "--url", url, "--once")) {
                assertEquals(1, refused.status());
                assertEquals("neurolink-server status: the server wants the token of its --admin-token-env: name it by --token-env",
                        refused.stderr());
            }
        }
    }

    /** A terminal is drawn anew, and put back as it was when the command is ended. */
    @Test
    @Timeout(60)
    void shouldShowItselfInATerminal() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "nothing here makes a terminal");
        assumeTrue(!isInterruptIgnored(), "Ctrl-C ends nothing that is run from here");
        try (JarProcess server = JarProcess.start(Map.of(), "--port", "0")) {
            String command = String.join(" ", Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
                    System.getProperty("neurolink.jar"), "status", "--url", server.url().replace("ws:", "http:") + "/api",
                    "--interval", "100");
            ProcessBuilder builder = new ProcessBuilder("/usr/bin/script", "-qec", "stty rows 8 columns 50; exec " + command, "/dev/null");
            builder.environment().put("TERM", "xterm");
            Process terminal = builder.redirectErrorStream(true).start();
            try {
                StringBuilder drawn = new StringBuilder();
                int pages = 0;
                for (int c = terminal.getInputStream().read(); c >= 0 && pages < 3; c = terminal.getInputStream().read()) {
                    drawn.append((char) c);
                    pages += drawn.toString().endsWith("\u001b[J") ? 1 : 0;
                }
                assertTrue(drawn.toString().startsWith("\u001b[?1049h\u001b[?25l\u001b[Hneurolink-server "), drawn::toString);
                String page = drawn.substring(drawn.lastIndexOf("\u001b[H") + 3);
                assertEquals(8, page.split("\n").length, page);
                assertTrue(page.lines().allMatch(line -> line.replaceAll("\u001b\\[[KJ]", "").length() <= 52), page);
                terminal.getOutputStream().write(3);
                terminal.getOutputStream().flush();
                String rest = new String(terminal.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(rest.endsWith("\u001b[?25h\u001b[?1049l"), rest);
            } finally {
                terminal.descendants().forEach(ProcessHandle::destroyForcibly);
                terminal.destroyForcibly();
            }
        }
    }

    @Test
    void shouldHoldWhatARunnableJarNeedsAndNothingElse() throws IOException {
        try (JarFile jar = new JarFile(System.getProperty("neurolink.jar"))) {
            assertNotNull(jar.getEntry("META-INF/LICENSE"));
            assertNotNull(jar.getEntry("META-INF/NOTICE"));
            ZipEntry providers = jar.getEntry("META-INF/services/io.neurolink.agent.spi.AgentProvider");
            assertTrue(new String(jar.getInputStream(providers).readAllBytes(), StandardCharsets.UTF_8).contains("DemoAgentProvider"));
            for (String name : jar.stream().map(ZipEntry::getName).toList()) {
                assertFalse(name.endsWith("module-info.class") || name.endsWith(".SF") || name.contains("annotation.processing"), name);
            }
        }
    }
}
