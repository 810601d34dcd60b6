package io.neurolink.perf.server;

import io.neurolink.engine.NeuroLinkServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Runs a {@link TargetServer} and answers questions that come, a word a line, on standard input: no socket is needed to ask, so that an
 * attack on the sockets does not keep anybody from asking. It ends when its standard input does, whatever becomes of who started it.
 */
@Command(name = "target-server", hidden = true, sortOptions = false, mixinStandardHelpOptions = true,
        description = "The server that the attack suite and the soak start for themselves.")
public final class TargetCommand implements Callable<Integer> {
    private static final Duration DRAIN_DEADLINE = Duration.ofSeconds(5);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    @Spec
    private CommandSpec spec;

    @Mixin
    private TargetOptions options;

    private long descriptorsAtStart;

    @Override
    public Integer call() throws Exception {
        descriptorsAtStart = TargetState.descriptors();
        NeuroLinkServer server = TargetServer.create(options).start();
        PrintWriter out = spec.commandLine().getOut();
        out.println("listening on " + (options.tlsCert == null ? "ws://" : "wss://") + TargetServer.HOST + ":" + server.port());
        out.flush();
        var questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String question = questions.readLine(); question != null && !question.equals("end"); question = questions.readLine()) {
            out.println(answer(server, question));
            out.flush();
        }
        server.shutdown(DRAIN_DEADLINE).join();
        awaitThreads();
        out.println(TargetState.of(server, descriptorsAtStart).toLine());
        out.flush();
        return 0;
    }

    /** The thread that shuts the server down says so before its own end. */
    private static void awaitThreads() {
        long beginNs = System.nanoTime();
        while (TargetState.engineThreads() > 0 && System.nanoTime() - beginNs < DRAIN_DEADLINE.toNanos()) {
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private String answer(NeuroLinkServer server, String question) {
        return switch (question) {
            case "state" -> TargetState.of(server, descriptorsAtStart).toLine();
            case "collect" -> {
                System.gc();
                yield TargetState.of(server, descriptorsAtStart).toLine();
            }
            case "errors" -> String.join(" | ", server.errors()).replaceAll("\\s+", " ");
            case "threads" -> String.join(", ", Thread.getAllStackTraces().keySet().stream().map(Thread::getName).sorted().toList());
            default -> "what is " + question + "?";
        };
    }
}
