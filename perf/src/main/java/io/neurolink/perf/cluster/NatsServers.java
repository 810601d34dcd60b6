package io.neurolink.perf.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Servers of NATS with JetStream, as processes of this machine; they and their files go with this object. */
final class NatsServers implements AutoCloseable {
    private static final String NAME = "nats-server";
    private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/bin", "/usr/local/bin");
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int CONNECT_MS = 1000;

    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private final Thread endWithUs = new Thread(() -> processes.forEach(Process::destroyForcibly), "nats-end");

    private NatsServers(Path folder) {
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(endWithUs);
    }

    /**
     * Looks where it usually is.
     *
     * @throws IOException if there is none.
     */
    static Path find() throws IOException {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Arrays.stream(path.split(":")), FOLDERS.stream()).filter(name -> !name.isEmpty())
                .map(name -> Path.of(name, NAME)).filter(Files::isExecutable).findFirst()
                .orElseThrow(() -> new IOException("there is no nats-server in PATH: install it, or name it with --nats-server"));
    }

    /** Starts that many, as one cluster if there are several. */
    static NatsServers start(Path binary, int count) throws IOException {
        NatsServers servers = new NatsServers(Files.createTempDirectory("neurolink-nats"));
        try {
            List<Integer> routes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                routes.add(freePort());
                servers.ports.add(freePort());
            }
            for (int i = 0; i < count; i++) {
                servers.start(binary, i, routes);
            }
            for (int i = 0; i < count; i++) {
                servers.await(i);
            }
            return servers;
        } catch (IOException | RuntimeException e) {
            servers.close();
            throw e;
        }
    }

    private void start(Path binary, int index, List<Integer> routes) throws IOException {
        List<String> command = new ArrayList<>(List.of(binary.toString(), "-a", "127.0.0.1", "-p", "" + ports.get(index), "-js", "-sd",
                folder.resolve("store" + index).toString(), "--server_name", "s" + index));
        if (routes.size() > 1) {
            command.addAll(List.of("--cluster_name", "c", "--cluster", "nats://127.0.0.1:" + routes.get(index), "--routes",
                    routes.stream().map(port -> "nats://127.0.0.1:" + port).collect(Collectors.joining(","))));
        }
        processes.add(new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log(index).toFile()).start());
    }

    private Path log(int index) {
        return folder.resolve("log" + index);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private void await(int index) throws IOException {
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!isReady(index)) {
            if (!processes.get(index).isAlive() || System.nanoTime() - deadlineNs > 0) {
                throw new IOException("nats-server did not start: " + Files.readString(log(index)).strip());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /** Several are ready for JetStream when they have a leader, which says so in its log. */
    private boolean isReady(int index) throws IOException {
        boolean hasLeader = ports.size() == 1;
        for (int i = 0; i < ports.size() && !hasLeader; i++) {
            hasLeader = Files.readString(log(i)).contains("new metadata leader");
        }
        return hasLeader && isListening(ports.get(index));
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MS);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** @return their addresses, separated by commas. */
    String urls() {
        return ports.stream().map(port -> "nats://127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    /** @return processor time of all of them until now, as the system counts it; zero if it does not tell. */
    Duration processorTime() {
        return processes.stream().map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO)).reduce(Duration.ZERO,
                Duration::plus);
    }

    /** @return bytes of all files of all of them. */
    long storedBytes() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).filter(file -> !file.getParent().equals(folder)).mapToLong(NatsServers::size).sum();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException goneMeanwhile) {
            return 0;
        }
    }

    @Override
    public void close() throws IOException {
        for (Process process : processes) {
            process.destroyForcibly();
            process.onExit().join();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(endWithUs);
        } catch (IllegalStateException itRunsAlready) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
