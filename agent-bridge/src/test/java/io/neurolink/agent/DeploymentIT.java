package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.neurolink.agent.support.DeploymentFiles;
import io.neurolink.agent.support.JarProcess;
import io.neurolink.agent.support.TestSocket;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server as systemd and a container run it, as far as that goes without them. */
@Timeout(300)
class DeploymentIT {
    private static final String OPEN = "rwxr-xr-x";

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator)).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static int run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), command::toString);
        return process.exitValue();
    }

    @Test
    void shouldPleaseSystemd() throws Exception {
        assumeTrue(isInstalled("systemd-analyze") && Files.isExecutable(Path.of("/usr/bin/java")));
        assertEquals(0, run(List.of("systemd-analyze", "verify", DeploymentFiles.path("systemd/neurolink.service").toString(),
                DeploymentFiles.path("systemd/neurolink.socket").toString())));
    }

    /** What systemd does with a socket unit, done by its own tool: it opens the port, waits for the first connection, and then starts. */
    @Test
    void shouldBeStartedByItsFirstConnection(@TempDir Path folder) throws Exception {
        assumeTrue(isInstalled("systemd-socket-activate"));
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path out = folder.resolve("out");
        // The tool makes the socket standard output as well, which systemd does not.
        Process server = new ProcessBuilder("systemd-socket-activate", "--inetd", "-l", "127.0.0.1:" + port, "sh", "-c",
                "exec \"$0\" -jar \"$1\" --inherit-socket > \"$2\"", JarProcess.java(), System.getProperty("neurolink.jar"), out.toString())
                .redirectErrorStream(true).redirectOutput(folder.resolve("err").toFile()).start();
        try (Socket first = connect(port); TestSocket client = TestSocket.connect("ws://127.0.0.1:" + port + "/ws")) {
            assertTrue(first.isConnected());
            client.nextOfType("connected");
            server.destroy();
            client.nextOfType("shutdown");
            assertEquals(1001, client.closeCode());
            assertTrue(server.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, server.exitValue(), Files.readString(folder.resolve("err")));
            assertEquals("listening on ws://127.0.0.1:" + port, Files.readString(out).strip());
        } finally {
            server.destroyForcibly();
        }
    }

    /** Until the tool has opened the port. */
    private static Socket connect(int port) throws Exception {
        long beginNs = System.nanoTime();
        while (true) {
            try {
                return new Socket("127.0.0.1", port);
            } catch (IOException notYet) {
                if (System.nanoTime() - beginNs > TimeUnit.SECONDS.toNanos(60)) {
                    throw notYet;
                }
                Thread.onSpinWait();
            }
        }
    }

    /** As the user of the Dockerfile, with no capability, and nothing to write to: with its own command, and its own health check. */
    @Test
    void shouldRunAsItsContainerDoes(@TempDir Path folder) throws Exception {
        List<String> confined = List.of("unshare", "--mount", "sh", "-c", "mount --make-rprivate / && mount -o remount,ro,bind / &&"
                + " exec setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all \"$0\" \"$@\"");
        Path jar = folder.resolve("neurolink-server.jar");
        Files.copy(Path.of(System.getProperty("neurolink.jar")), jar);
        for (Path path = jar; !path.equals(folder.getParent()); path = path.getParent()) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(OPEN));
        }
        assumeTrue(isInstalled("unshare") && isInstalled("setpriv") && run(concat(confined, "test", "!", "-w", "/")) == 0,
                "needs root and mount namespaces");
        List<String> entrypoint = new ArrayList<>(DeploymentFiles.dockerArray("ENTRYPOINT"));
        entrypoint.set(0, JarProcess.java());
        entrypoint.set(entrypoint.size() - 1, jar.toString());
        List<String> command = concat(confined, entrypoint.toArray(String[]::new));
        try (JarProcess server = JarProcess.startCommand(Map.of("NEUROLINK_HOST", "0.0.0.0", "NEUROLINK_PORT", "0"), command)) {
            String port = String.valueOf(URI.create(server.url()).getPort());
            assertEquals(0, health(port));
            try (TestSocket client = TestSocket.connect("ws://127.0.0.1:" + port + "/ws")) {
                client.next();
                server.signal("TERM");
                assertEquals(1001, client.closeCode());
            }
            assertEquals(0, server.status());
            assertTrue(server.stderr().startsWith("neurolink-server: drained in "), server.stderr());
            assertTrue(health(port) != 0, "a health check of a server that is gone");
        }
    }

    private static int health(String port) throws IOException, InterruptedException {
        ProcessBuilder check = new ProcessBuilder(DeploymentFiles.dockerArray("HEALTHCHECK"));
        check.environment().put("NEUROLINK_PORT", port);
        Process process = check.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue();
    }

    private static List<String> concat(List<String> first, String... rest) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(rest));
        return all;
    }
}
