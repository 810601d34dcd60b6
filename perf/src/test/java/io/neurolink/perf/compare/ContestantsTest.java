package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.neurolink.perf.peers.PeerClient;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ContestantsTest {
    @TempDir
    private Path folder;

    private static Contestants contestants(Path peers) {
        return new Contestants(List.of("java", "-Xmx1g"), 17, "perf.jar", peers, "1.0");
    }

    @Test
    void shouldSayInOneLineThatTheLibrariesAreMissing() throws Exception {
        Contestants contestants = contestants(folder.resolve("peers"));

        List<Contestant> found = contestants.find(List.of("engine", "netty", "jetty", "nio-floor"), folder);

        assertEquals(List.of("engine", "nio-floor"), found.stream().map(Contestant::name).toList());
        assertEquals(1, contestants.remarks().size());
        assertTrue(contestants.remarks().get(0).contains("without netty, jetty"), contestants.remarks().toString());
    }

    @Test
    void shouldKnowAllServersAndTheirVersions() throws Exception {
        Path peers = Files.createDirectory(folder.resolve("peers"));
        Files.createFile(peers.resolve("netty-codec-http-4.2.18.Final.jar"));
        Files.createFile(peers.resolve("netty-codec-http2-4.2.17.Final.jar"));

        List<Contestant> found = contestants(peers).find(Contestants.NAMES, folder);

        assertTrue(found.size() >= Contestants.NAMES.size() - 1, found.toString());
        Contestant netty = found.stream().filter(one -> one.name().equals("netty")).findFirst().orElseThrow();
        assertEquals("4.2.18.Final", netty.version());
        assertEquals(List.of("java", "-Xmx1g", "-cp", "perf.jar:" + peers + "/*", "io.neurolink.perf.peers.NettyPeer"), netty.command());
    }

    @Test
    void shouldGiveLibrariesTheFlagsThatTheyWantOnNewReleases() throws Exception {
        Path peers = Files.createDirectory(folder.resolve("peers"));
        Contestants contestants = new Contestants(List.of("java"), 25, "perf.jar", peers, "1.0");

        List<Contestant> found = contestants.find(List.of("engine", "netty"), folder);

        assertEquals("-cp", found.get(0).command().get(1));
        assertEquals(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"),
                found.get(1).command().subList(1, 3));
    }

    @Test
    void shouldStartTheFloorInCAndEndIt() throws Exception {
        CFloor.Built built = CFloor.build(folder);
        assumeTrue(built.complaint() == null, built.complaint());
        HttpClient http = HttpClient.newHttpClient();
        try (Processes processes = new Processes(Signals.ofSystem())) {
            try (ServerProcess server = ServerProcess.start(processes, List.of(built.program().toString(), "--port", "0"),
                    folder.resolve("echo.log"))) {
                PeerClient client = new PeerClient(http, server.url());
                assertEquals("hello ✓", client.sendText("hello ✓").next());
                byte[] large = new byte[700_003];
                for (int i = 0; i < large.length; i++) {
                    large[i] = (byte) (i * 37);
                }
                assertEquals(HexFormat.of().formatHex(large), client.sendBinary(large).next());
                assertEquals("", client.sendText("").next());
                client.close();
            }
            ServerProcess server = ServerProcess.start(processes, List.of(built.program().toString(), "--port", "0", "--broadcast"),
                    folder.resolve("fan.log"));
            PeerClient one = new PeerClient(http, server.url());
            PeerClient two = new PeerClient(http, server.url());
            one.sendText("news");
            assertEquals("news", one.next());
            assertEquals("news", two.next());
            Signals.ofSystem().stop(server.pid());
            server.close();
            assertTrue(server.death() != null);
        }
    }

    @Test
    void shouldTellWhyAServerDoesNotStart() throws Exception {
        try (Processes processes = new Processes(Signals.ofSystem())) {
            Exception e = assertThrows(IOException.class,
                    () -> ServerProcess.start(processes, List.of("sh", "-c", "echo one; echo the port is taken >&2; exit 1"),
                            folder.resolve("log")));
            assertEquals("ended at once: the port is taken", e.getMessage());
        }
    }
}
