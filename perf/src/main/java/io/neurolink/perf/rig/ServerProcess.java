package io.neurolink.perf.rig;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The echo server of this jar in a process of its own, which ends with this object, and with this process in any case. */
final class ServerProcess implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("listening on (wss?://\\S+)");
    private static final long END_SECONDS = 20;
    private static final int STATUS_WRONG_OPTION = 2;

    private final Process process;
    private final Path complaints;
    private final Thread endWithUs;
    private final String url;

    private ServerProcess(Process process, Path complaints) throws IOException {
        this.process = process;
        this.complaints = complaints;
        this.endWithUs = new Thread(process::destroyForcibly, "server-end");
        Runtime.getRuntime().addShutdownHook(endWithUs);
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        Matcher listening = LISTENING.matcher(line == null ? "" : line);
        if (!listening.matches()) {
            throw refusal(line);
        }
        this.url = listening.group(1) + "/";
    }

    /**
     * Starts it from the class path of this process, with the same Java.
     *
     * @param jvmArgs   arguments for Java.
     * @param arguments options of {@code echo-server} but for the port.
     * @throws IllegalArgumentException if one of its options is wrong; the message is what it said.
     * @throws IOException if it does not start for another reason.
     */
    static ServerProcess start(List<String> jvmArgs, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArgs);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.neurolink.perf.Perf", "echo-server", "--port", "0"));
        command.addAll(arguments);
        Path complaints = Files.createTempFile("neurolink-server", ".err");
        var builder = new ProcessBuilder(command).redirectError(complaints.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL") || name.equals("JDK_JAVA_OPTIONS"));
        return new ServerProcess(builder.start(), complaints);
    }

    /** Status 2 is for wrong options, as everywhere in this jar. */
    private IOException refusal(String line) throws IOException {
        process.onExit().orTimeout(END_SECONDS, TimeUnit.SECONDS).exceptionally(ignored -> process.destroyForcibly()).join();
        String said = complaints();
        boolean isWrongOption = !process.isAlive() && process.exitValue() == STATUS_WRONG_OPTION;
        close();
        if (isWrongOption) {
            throw new IllegalArgumentException(said.replaceFirst("^neurolink-perf echo-server: ", ""));
        }
        return new IOException("the server did not start: " + (said.isEmpty() ? line : said));
    }

    /** Where it listens, with a slash at the end. */
    String url() {
        return url;
    }

    /** What it wrote to its standard error, which should be nothing. */
    String complaints() throws IOException {
        return Files.readString(complaints).strip();
    }

    long pid() {
        return process.pid();
    }

    /** Ends it. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(endWithUs);
        } catch (IllegalStateException itRunsAlready) {
            process.destroyForcibly();
        }
        Files.deleteIfExists(complaints);
    }
}
