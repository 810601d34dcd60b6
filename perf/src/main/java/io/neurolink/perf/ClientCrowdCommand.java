package io.neurolink.perf;

import io.neurolink.engine.IdleMode;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.client.ConnectOptions;
import io.neurolink.engine.client.WebSocketClient;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.spi.WebSocketMessage;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds many connections on one loop of the engine's client. */
@Command(name = "client-crowd", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Opens connections to an echo server with the engine's client, all on one loop, sends a message over each, and tells"
                + " what that took of time, threads and heap. Ends with 1 if a connection or an echo fails.")
final class ClientCrowdCommand implements Callable<Integer> {
    private static final long LIMIT_S = 240;
    private static final String LOOP_NAME = "neurolink-client-loop-";

    @Spec
    private CommandSpec spec;

    @Option(names = "--url", paramLabel = "URL", required = true, description = "Where the echo server is: ws://HOST:PORT.")
    private String url;

    @Option(names = "--connections", paramLabel = "N", defaultValue = "10000", description = "Connections. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--in-flight", paramLabel = "N", defaultValue = "100",
            description = "Connections that are being opened at a time. Default: ${DEFAULT-VALUE}.")
    private int inFlight;

    private final ConcurrentLinkedQueue<WebSocketConnection> open = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private CountDownLatch echoes;

    private final WebSocketHandler handler = new WebSocketHandler() {
        @Override
        public void onMessage(WebSocketConnection connection, WebSocketMessage message) {
            if (message.text().equals(connection.id())) {
                echoes.countDown();
            } else {
                failure.compareAndSet(null, new IllegalStateException("another message than was sent"));
            }
        }
    };

    @Override
    public Integer call() throws Exception {
        if (connections < 1 || inFlight < 1) {
            throw new ParameterException(spec.commandLine(), "--connections and --in-flight must be at least 1");
        }
        URI uri = address();
        echoes = new CountDownLatch(connections);
        try (WebSocketClient client = WebSocketClient.builder().eventLoops(1).idleMode(IdleMode.BLOCKING).config(config()).build()) {
            long heapBefore = liveHeapBytes();
            long openNs = timed(() -> openAll(client, uri));
            long echoNs = timed(this::echoAll);
            long heapPerConnection = (liveHeapBytes() - heapBefore) / connections;
            requireNoFailure();
            long loops = Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith(LOOP_NAME)).count();
            report(client.connectionCount(), loops, openNs, echoNs, heapPerConnection);
            open.clear();
        }
        return 0;
    }

    private URI address() {
        try {
            return URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--url must be ws://HOST:PORT, not '" + url + "'", e);
        }
    }

    private WebSocketConfig config() {
        return WebSocketConfig.builder().maxConnections(connections).handlerThreading(HandlerThreading.INLINE)
                .closeTimeout(Duration.ofSeconds(30)).build();
    }

    @FunctionalInterface
    private interface Stage {
        void run() throws InterruptedException;
    }

    private static long timed(Stage stage) throws InterruptedException {
        long startNs = System.nanoTime();
        stage.run();
        return System.nanoTime() - startNs;
    }

    private void openAll(WebSocketClient client, URI uri) throws InterruptedException {
        Semaphore places = new Semaphore(inFlight);
        ConnectOptions options = ConnectOptions.defaults().timeout(Duration.ofSeconds(60));
        for (int i = 0; i < connections && failure.get() == null; i++) {
            places.acquire();
            client.connect(uri, handler, options).whenComplete((connection, error) -> {
                if (error == null) {
                    open.add(connection);
                } else {
                    failure.compareAndSet(null, error);
                }
                places.release();
            });
        }
        places.acquire(inFlight);
        requireNoFailure();
    }

    private void echoAll() throws InterruptedException {
        open.forEach(connection -> connection.send(connection.id()));
        if (!echoes.await(LIMIT_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException(echoes.getCount() + " echoes did not come within " + LIMIT_S + " s");
        }
    }

    private void requireNoFailure() {
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get().getMessage(), failure.get());
        }
    }

    private static long liveHeapBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void report(int held, long loops, long openNs, long echoNs, long heapPerConnection) {
        PrintWriter out = spec.commandLine().getOut();
        List.of(
                String.format(Locale.ROOT, "%d connections on %d loop, opened in %.2f s", held, loops, openNs / 1e9),
                String.format(Locale.ROOT, "an echo on each in %.2f s", echoNs / 1e9),
                String.format(Locale.ROOT, "%d bytes of heap a connection", heapPerConnection)).forEach(out::println);
        out.flush();
    }
}
