package io.neurolink.agent.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;

/** A real {@code nats-server} on a port of its own, which it keeps when it is started again. */
public final class NatsProcess implements AutoCloseable {
    private static final List<Path> FOLDERS = List.of(Path.of("/usr/sbin"), Path.of("/usr/bin"), Path.of("/usr/local/bin"));
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final Set<Integer> GIVEN_PORTS = ConcurrentHashMap.newKeySet();

    private final Path config;
    private final int port;
    private Process process;

    private NatsProcess(Path config, int port) {
        this.config = config;
        this.port = port;
    }

    /** Ends the test as skipped where the machine has no nats-server. */
    public static Path requireBinary() {
        Path binary = FOLDERS.stream().map(folder -> folder.resolve("nats-server")).filter(Files::isExecutable).findFirst().orElse(null);
        Assumptions.assumeTrue(binary != null, "there is no nats-server in " + FOLDERS + ": install the package nats-server");
        return binary;
    }

    /**
     * @param folder for its configuration.
     * @param lines  of its configuration, beside the address.
     * @return a server that accepts connections.
     */
    public static NatsProcess start(Path folder, String... lines) throws IOException {
        NatsProcess nats = prepare(folder, lines);
        nats.start();
        return nats;
    }

    /** As {@link #start(Path, String...)}, not started yet. */
    public static NatsProcess prepare(Path folder, String... lines) throws IOException {
        requireBinary();
        int port = freePort();
        return new NatsProcess(write(folder.resolve("nats-" + port + ".conf"), port, lines), port);
    }

    private static Path write(Path config, int port, String... lines) throws IOException {
        List<String> all = new ArrayList<>(List.of("listen: 127.0.0.1:" + port));
        all.addAll(List.of(lines));
        return Files.write(config, all);
    }

    /** @return a port that nobody listens on, another one each time: one that was just tried is free again. */
    public static int freePort() throws IOException {
        int port;
        do {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
        } while (!GIVEN_PORTS.add(port));
        return port;
    }

    /** Starts it, and waits until it accepts connections. */
    public void start() throws IOException {
        process = new ProcessBuilder(requireBinary().toString(), "-c", config.toString())
                .redirectErrorStream(true).redirectOutput(logFile().toFile()).start();
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!isListening()) {
            if (!process.isAlive() || System.nanoTime() - deadlineNs > 0) {
                throw new IOException("nats-server did not come up: " + log());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** As SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** As SIGSTOP: it stays connected and does nothing. */
    public void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** Ends what {@link #pause} began. */
    public void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** Gives it another configuration, but for its address. */
    public void reload(String... lines) throws IOException, InterruptedException {
        write(config, port, lines);
        signal("HUP");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start().waitFor();
    }

    /** @return what it has said since it was started last. */
    public String log() throws IOException {
        return Files.readString(logFile());
    }

    private Path logFile() {
        return config.resolveSibling(config.getFileName() + ".log");
    }

    public long pid() {
        return process.pid();
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    public String url() {
        return "nats://" + address();
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
