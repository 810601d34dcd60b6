package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged jar as scripts call it, without a flag. */
@Timeout(300)
class PerfJarIT {
    private static final String JAR = System.getProperty("neurolink.jar");
    private static final char[] PASSWORD = "password".toCharArray();

    private static Process start(String... args) throws IOException {
        return startWith(List.of(), args);
    }

    private static Process startWith(List<String> flags, String... args) throws IOException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(flags);
        command.addAll(List.of("-jar", JAR));
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

    /** Client and server are processes of their own, since each has a descriptor for every connection. */
    @Test
    void shouldHoldTenThousandConnectionsOnOneLoopOfTheClient() throws Exception {
        Process server = start("echo-server", "--port", "0", "--idle", "blocking");
        try {
            String url = server.inputReader().readLine().substring("listening on ".length());
            Process client = startWith(List.of("-Xmx256m"), "client-crowd", "--url", url, "--connections", "10000");
            try {
                List<String> lines = client.inputReader().lines().toList();
                assertTrue(client.waitFor(240, TimeUnit.SECONDS));
                assertEquals(List.of(), client.errorReader().lines().toList());
                assertEquals(0, client.exitValue());
                assertEquals(3, lines.size(), lines::toString);
                assertTrue(lines.get(0).startsWith("10000 connections on 1 loop, opened in "), lines.get(0));
                assertTrue(lines.get(2).matches("\\d+ bytes of heap a connection"), lines.get(2));
            } finally {
                client.destroyForcibly();
            }
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void shouldSayThatNobodyTakesTheCrowd() throws Exception {
        Process client = start("client-crowd", "--url", "ws://127.0.0.1:1", "--connections", "5");
        assertTrue(client.waitFor(120, TimeUnit.SECONDS));
        assertEquals(1, client.exitValue());
        assertEquals(List.of("neurolink-perf client-crowd: cannot connect to 127.0.0.1:1: Connection refused"),
                client.errorReader().lines().toList());
    }

    @Test
    void shouldRunTheCasesOfAConformanceServer() throws Exception {
        try (ConformanceServer server = new ConformanceServer()) {
            Process client = start("conformance-client", "--url", server.url(), "--agent", "A & B");
            try {
                List<String> lines = client.inputReader().lines().toList();
                assertTrue(client.waitFor(120, TimeUnit.SECONDS));
                assertEquals(List.of(), client.errorReader().lines().toList());
                assertEquals(0, client.exitValue());
                assertEquals(server.caseCount() + 2, lines.size(), lines::toString);
                assertEquals(List.of(), List.copyOf(server.faults));
            } finally {
                client.destroyForcibly();
            }
        }
    }

    @Test
    void shouldSendBackOverTls(@TempDir Path folder) throws Exception {
        KeyStore keys = keytool(folder.resolve("store.p12"));
        Path chain = Files.writeString(folder.resolve("chain.pem"), pem("CERTIFICATE", keys.getCertificate("one").getEncoded()));
        Path key = Files.writeString(folder.resolve("key.pem"), pem("PRIVATE KEY", keys.getKey("one", PASSWORD).getEncoded()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        Process server = start("echo-server", "--port", "0", "--idle", "backoff",
                "--tls-cert", chain.toString(), "--tls-key", key.toString());
        try {
            String announced = server.inputReader().readLine();
            assertNotNull(announced, () -> server.errorReader().lines().toList().toString());
            assertTrue(announced.matches("listening on wss://127\\.0\\.0\\.1:\\d+"), announced);
            HttpClient client = HttpClient.newBuilder().sslContext(context).build();
            assertEquals("hello", echo(client, announced.substring("listening on ".length()), "hello"));
            server.toHandle().destroy();
            assertTrue(server.waitFor(120, TimeUnit.SECONDS));
            assertEquals(0, server.exitValue());
            assertEquals(List.of(), server.errorReader().lines().toList());
        } finally {
            server.destroyForcibly();
        }
    }

    /** A store with a certificate for the loopback address, which serves as the client's list of whom to trust as well. */
    private static KeyStore keytool(Path store) throws Exception {
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias",
                "one", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1", "-validity", "30", "-storetype",
                "PKCS12", "-keystore", store.toString(), "-storepass", new String(PASSWORD)).redirectErrorStream(true).start();
        List<String> said = keytool.inputReader().lines().toList();
        assertEquals(0, keytool.waitFor(), said::toString);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setKeyEntry("one", keys.getKey("one", PASSWORD), PASSWORD, keys.getCertificateChain("one"));
        trusted.setCertificateEntry("trusted", keys.getCertificate("one"));
        return trusted;
    }

    private static String pem(String label, byte[] bytes) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END " + label + "-----\n";
    }

    @Test
    void shouldHoldOutAgainstAttacksAndTellOfThem(@TempDir Path folder) throws Exception {
        Path json = folder.resolve("attacks.json");
        Process attack = start("attack", "--short", "--only", "cross-origin", "too-many-connections", "--json", json.toString());
        try {
            List<String> lines = attack.inputReader().lines().toList();
            assertEquals(List.of(), attack.errorReader().lines().toList());
            assertEquals(0, attack.waitFor(), lines::toString);
            assertEquals("2 attacks, 2 held", lines.get(lines.size() - 1));
            assertTrue(Files.readString(json).contains("\"attack\": \"cross-origin\",\n      \"held\": true"), Files.readString(json));
        } finally {
            attack.destroyForcibly();
        }
    }

    @Test
    void shouldSoakAndLeaveNothing(@TempDir Path folder) throws Exception {
        Path plot = folder.resolve("soak.html");
        Process soak = start("soak", "--duration", "10s", "--plot", plot.toString());
        try {
            List<String> lines = soak.inputReader().lines().toList();
            assertEquals(List.of(), soak.errorReader().lines().toList());
            assertEquals(0, soak.waitFor(), lines::toString);
            assertEquals("soak of 10 s: nothing lost, nothing left, memory flat", lines.get(lines.size() - 1));
            assertTrue(Files.readString(plot).contains("<polyline"));
        } finally {
            soak.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"throughput --in-flight 4", "throughput --tls --compression shared --text", "fanout --subscribers 20",
        "connect --in-flight 4", "idle --connections 50", "latency --rate 500"})
    void shouldMeasureAServerItStartsItself(String line, @TempDir Path folder) throws Exception {
        List<String> args = new ArrayList<>(List.of(line.split(" ")));
        args.addAll(List.of("--quiet", "--server-args=--idle backoff", "--json", folder.resolve("run.json").toString(),
                "--svg", folder.resolve("run.svg").toString(), "--hgrm", folder.resolve("run.hgrm").toString()));
        if (!line.startsWith("idle")) {
            args.addAll(List.of("--warm-up", "100ms", "--duration", "300ms", "--drain", "60s"));
        }
        Process run = start(args.toArray(String[]::new));
        try {
            List<String> lines = run.inputReader().lines().toList();
            assertEquals(List.of(), run.errorReader().lines().toList());
            String json = Files.readString(folder.resolve("run.json"));
            boolean isOnlySlow = json.contains("\"firstError\":\"the rate was missed");
            assertEquals(isOnlySlow ? 1 : 0, run.waitFor(), lines::toString);
            assertTrue(isOnlySlow || json.contains("\"ok\":true,\"firstError\":null,"), json);
            assertTrue(json.startsWith("{\"workload\":\"" + args.get(0) + "\",\"url\":\"ws") && json.contains("\"histogram\":\""), json);
            assertEquals(1, json.lines().count());
            assertTrue(Files.readString(folder.resolve("run.svg")).startsWith("<svg "));
            assertTrue(Files.readString(folder.resolve("run.hgrm")).contains("Percentile"));
        } finally {
            run.destroyForcibly();
        }
    }

    private static String echo(String url, String text) {
        return echo(HttpClient.newHttpClient(), url, text);
    }

    private static String echo(HttpClient client, String url, String text) {
        var answer = new CompletableFuture<String>();
        WebSocket socket = client.newWebSocketBuilder().buildAsync(URI.create(url), new WebSocket.Listener() {
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

    /** Short beyond any meaning: what is tried is the way from the benchmark to the exit status. */
    @Test
    void shouldCheckBenchmarksAgainstStoredRatios(@TempDir Path folder) throws Exception {
        Path stored = folder.resolve("ratios.json");
        assertEquals(0, check("--write", stored.toString()).size());
        String written = Files.readString(stored);
        assertTrue(written.contains("\"Counters.singleWriter / atomicLong\""), written);
        Files.writeString(stored, written.replaceAll("\"ratio\": [0-9.]+", "\"ratio\": 1000"));
        assertEquals(0, check("--stored", stored.toString()).size());
        Files.writeString(stored, written.replaceAll("\"ratio\": [0-9.]+", "\"ratio\": 0.000001"));
        assertEquals(1, check("--stored", stored.toString()).size());
    }

    /** @return the lines that tell of a collapse; the exit status must agree. */
    private static List<String> check(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("jmh-check", "--only", "Counters", "--warmups", "1", "--iterations", "1", "--time",
                "20"));
        command.addAll(List.of(options));
        // Who measures something else meanwhile does no harm here, where nothing depends on the figures.
        Process check = startWith(List.of("-Djmh.ignoreLock=true"), command.toArray(String[]::new));
        try {
            List<String> lines = check.inputReader().lines().toList();
            // JMH uses what new JDKs warn of.
            assertEquals(List.of(), check.errorReader().lines().filter(line -> !line.startsWith("WARNING: ")).toList());
            List<String> collapsed = lines.stream().filter(line -> line.endsWith("COLLAPSED")).toList();
            assertEquals(collapsed.isEmpty() || List.of(options).contains("--write") ? 0 : 1, check.waitFor(), lines::toString);
            return List.of(options).contains("--write") ? List.of() : collapsed;
        } finally {
            check.destroyForcibly();
        }
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
