package io.neurolink.agent.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The packaged jar as a process of its own, run by the JDK that runs the test, without a flag. */
public final class JarProcess implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 120;
    /** On a machine that is too busy the watchdog may tell of a thread that got no processor. */
    private static final Pattern STALL = Pattern.compile("(?m)^WARNING: \\S+ has made no progress for .*\\n?(?:\\tat .*\\n?)*");

    private final Process process;
    private final BufferedReader out;
    private final CompletableFuture<String> err;
    private String url;

    private JarProcess(Map<String, String> environment, List<String> prefix, String... args) throws IOException {
        this(environment, concat(prefix, args));
    }

    private static List<String> concat(List<String> prefix, String... args) {
        var command = new ArrayList<>(prefix);
        command.addAll(List.of(java(), "-jar", System.getProperty("neurolink.jar")));
        command.addAll(List.of(args));
        return command;
    }

    /** @return the program of the JDK that runs the test. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private JarProcess(Map<String, String> environment, List<String> command) throws IOException {
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("NEUROLINK_") || name.startsWith("JAVA_TOOL")
                || name.equals("JDK_JAVA_OPTIONS"));
        builder.environment().putAll(environment);
        process = builder.start();
        out = process.inputReader();
        err = CompletableFuture.supplyAsync(this::readErr, JarProcess::onThreadOfItsOwn);
    }

    /** Not in the common pool: with two processors that has one thread from JDK 25 on, and the JDK's HTTP client needs it too. */
    private static void onThreadOfItsOwn(Runnable task) {
        Thread thread = new Thread(task, "standard error of a jar");
        thread.setDaemon(true);
        thread.start();
    }

    private String readErr() {
        return String.join("\n", process.errorReader().lines().toList());
    }

    /** Starts a server and waits until it says where it listens. */
    public static JarProcess start(Map<String, String> environment, String... args) throws IOException {
        return started(new JarProcess(environment, List.of(), args));
    }

    /** The same with no more than that many file descriptors. */
    public static JarProcess startWithDescriptors(int descriptors, String... args) throws IOException {
        return started(new JarProcess(Map.of(), List.of("sh", "-c", "ulimit -n " + descriptors + " && exec \"$0\" \"$@\""), args));
    }

    /** The same on a socket of 127.0.0.1 that another process has opened, and that is its standard input. */
    public static JarProcess startOnSocket(String... args) throws IOException {
        String opener = "import os, socket, sys; s = socket.create_server(('127.0.0.1', 0)); os.dup2(s.fileno(), 0);"
                + " os.execvp(sys.argv[1], sys.argv[1:])";
        return started(new JarProcess(Map.of(), List.of("python3", "-c", opener), args));
    }

    /** Starts a server with a command of the test's own, and waits until it says where it listens. */
    public static JarProcess startCommand(Map<String, String> environment, List<String> command) throws IOException {
        return started(new JarProcess(environment, command));
    }

    /** The same twice, one after the other on the same socket, which another process keeps open; it passes SIGTERM on. */
    public static JarProcess startTwiceOnSocket(String... args) throws IOException {
        String keeper = "import signal, socket, subprocess, sys; s = socket.create_server(('127.0.0.1', 0)); children = []\n"
                + "signal.signal(signal.SIGTERM, lambda *_: children[-1].terminate())\n"
                + "for i in range(2):\n"
                + "    children.append(subprocess.Popen(sys.argv[1:], stdin=s))\n"
                + "    if children[-1].wait() != 0: sys.exit(3)\n";
        return started(new JarProcess(Map.of(), List.of("python3", "-c", keeper), args));
    }

    private static JarProcess started(JarProcess server) throws IOException {
        String line = server.out.readLine();
        if (line == null || !line.startsWith("listening on ")) {
            server.close();
            throw new IOException("said '" + line + "' and: " + server.err.join());
        }
        server.url = line.substring("listening on ".length());
        return server;
    }

    /** Runs what is expected to end by itself. */
    public static JarProcess run(Map<String, String> environment, String... args) throws IOException {
        return new JarProcess(environment, List.of(), args);
    }

    /** @return where it listens. */
    public String url() {
        return url;
    }

    public long pid() {
        return process.pid();
    }

    /** Sends a signal by its name. */
    public void signal(String name) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException("kill ended with " + status);
        }
    }

    /** @return the next line of its standard output, waited for; null at its end. */
    public String nextLine() throws IOException {
        return out.readLine();
    }

    /** @return the exit status, waited for. */
    public int status() throws InterruptedException {
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the process did not end");
        }
        return process.exitValue();
    }

    /** @return what is left of its standard output, when it has ended. */
    public List<String> stdout() {
        return out.lines().toList();
    }

    /** @return its standard error, when it has ended. */
    public String stderr() {
        return err.join();
    }

    /** @return the lines of its standard error, when it has ended, but for the report of a drain. */
    public List<String> complaints() {
        return STALL.matcher(stderr()).replaceAll("").lines().filter(line -> !line.startsWith("neurolink-server: drained in ")).toList();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
