package io.neurolink.perf.attack;

import io.neurolink.perf.server.Certificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** A {@link Neighbour} in a process of its own, so that its times hold nothing of the attacker's garbage collections. */
final class NeighbourProcess implements AutoCloseable {
    private static final long END_SECONDS = 10;

    private final Process process;
    private final BufferedReader answers;
    private final Writer orders;
    private final List<String> complaints = new ArrayList<>();

    /** @param certificate of a server that speaks TLS, else null. */
    NeighbourProcess(InetSocketAddress target, Certificate certificate) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-Xmx128m", "-cp", System.getProperty("java.class.path"), "io.neurolink.perf.Perf", "neighbour",
                "--host", target.getHostString(), "--port", String.valueOf(target.getPort())));
        if (certificate != null) {
            command.addAll(List.of("--trust", certificate.chain().toString()));
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL") || name.equals("JDK_JAVA_OPTIONS"));
        process = builder.start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        orders = process.outputWriter(StandardCharsets.UTF_8);
        String said = answers.readLine();
        if (!"ready".equals(said)) {
            close();
            throw new IOException("the neighbour did not get ready: " + said);
        }
    }

    /** Begins a measurement. */
    void start() {
        order("start");
    }

    /**
     * What was measured.
     *
     * @param echoes  times of the server's echoes.
     * @param control times of a line that no server is at.
     */
    record Times(Histogram echoes, Histogram control) {
    }

    /** Ends it, when all echoes have come. */
    Times stop() {
        String[] said = order("stop").split(" ", 3);
        if (!said[2].isEmpty()) {
            complaints.add(said[2]);
        }
        return new Times(decode(said[0]), decode(said[1]));
    }

    private static Histogram decode(String text) {
        try {
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(Base64.getDecoder().decode(text)), 0);
        } catch (DataFormatException e) {
            throw new IllegalStateException("the neighbour's figures cannot be read: " + text, e);
        }
    }

    /** What happened to it that should not have. */
    List<String> complaints() {
        return complaints;
    }

    private String order(String word) {
        try {
            orders.write(word + "\n");
            orders.flush();
            String answer = answers.readLine();
            if (answer == null) {
                throw new IOException("it ended");
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("the neighbour is gone", e);
        }
    }

    @Override
    public void close() throws IOException {
        leave();
    }

    /** Ends its connections, and it. */
    void leave() throws IOException {
        try {
            orders.close();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
