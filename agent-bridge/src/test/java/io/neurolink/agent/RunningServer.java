package io.neurolink.agent;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The launcher's main, run in this process on a thread of its own. */
final class RunningServer implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 60;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<AgentServer> started = new CompletableFuture<>();
    private final CompletableFuture<Void> announced = new CompletableFuture<>();
    private final CompletableFuture<Integer> status = new CompletableFuture<>();

    private RunningServer(Map<String, String> environment, String... args) {
        PrintStream announcing = new PrintStream(out, true, StandardCharsets.UTF_8) {
            @Override
            public void println(String line) {
                super.println(line);
                announced.complete(null);
            }
        };
        Thread thread = new Thread(() -> {
            PrintStream complaining = new PrintStream(err, true, StandardCharsets.UTF_8);
            int exit = AgentServer.run(environment, announcing, complaining, started::complete, args);
            started.completeExceptionally(new IllegalStateException("ended with status " + exit + ": " + err));
            announced.complete(null);
            status.complete(exit);
        }, "main of the server under test");
        thread.start();
    }

    /** Starts a server on a free port. */
    static RunningServer start(String... args) throws Exception {
        return start(Map.of(), args);
    }

    /** Starts a server on a free port, with environment variables. */
    static RunningServer start(Map<String, String> environment, String... args) throws Exception {
        var all = new ArrayList<>(List.of("--port", "0"));
        all.addAll(List.of(args));
        RunningServer server = new RunningServer(environment, all.toArray(String[]::new));
        server.started.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        server.announced.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        return server;
    }

    /** Runs what is expected to end by itself. */
    static RunningServer run(Map<String, String> environment, String... args) {
        RunningServer server = new RunningServer(environment, args);
        server.status();
        return server;
    }

    int port() {
        String url = started.join().url();
        return Integer.parseInt(url.substring(url.lastIndexOf(':') + 1));
    }

    String ws(String path) {
        return started.join().url() + path;
    }

    String stdout() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String stderr() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** Begins what a signal begins. */
    CompletableFuture<Integer> beginStop() {
        started.join().shutdown();
        return status;
    }

    /** Does what a signal does. */
    void signal() {
        started.join().drainOrHurry();
    }

    /** @return the exit status, when the server has ended. */
    int stop() {
        beginStop();
        return status();
    }

    int status() {
        try {
            return status.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("the server did not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (!started.isCompletedExceptionally()) {
            stop();
        }
    }
}
