package io.neurolink.perf.attack;

import io.neurolink.perf.server.Certificate;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a {@link Neighbour} and does what is said, a word a line, on standard input; it ends with that. */
@Command(name = "neighbour", hidden = true, sortOptions = false, mixinStandardHelpOptions = true,
        description = "The client that behaves well while the attack suite attacks.")
public final class NeighbourCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--host", required = true, paramLabel = "HOST", description = "Where the server is.")
    private String host;

    @Option(names = "--port", required = true, paramLabel = "PORT", description = "Its port.")
    private int port;

    @Option(names = "--trust", paramLabel = "FILE", description = "PEM file of the server's certificate, which makes it a TLS connection.")
    private Path trust;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        SSLContext tls = trust == null ? null : Certificate.trust(trust);
        try (Neighbour neighbour = new Neighbour(new InetSocketAddress(host, port), tls)) {
            out.println("ready");
            out.flush();
            var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String order = orders.readLine(); order != null && !order.equals("end"); order = orders.readLine()) {
                out.println(obey(neighbour, order));
                out.flush();
            }
        }
        return 0;
    }

    private static String obey(Neighbour neighbour, String order) {
        return switch (order) {
            case "start" -> {
                neighbour.start();
                yield "started";
            }
            case "stop" -> encode(neighbour.stop()) + " " + encode(neighbour.control()) + " "
                    + String.join("; ", neighbour.complaints()).replaceAll("\\s+", " ");
            default -> "what is " + order + "?";
        };
    }

    private static String encode(Histogram histogram) {
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }
}
