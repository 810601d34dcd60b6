package io.neurolink.perf.compare;

import io.neurolink.perf.compare.Workload.Kind;
import java.util.List;
import java.util.Locale;

/** The workloads there are. */
final class Workloads {
    /** What a short comparison is about. */
    static final List<String> QUICK = List.of("e50", "p16", "e16k");

    private Workloads() {
    }

    /**
     * @param ratePerSecond   messages a second of the open loop.
     * @param idleConnections connections that do nothing.
     */
    static List<Workload> all(int ratePerSecond, int idleConnections) {
        String idle = String.valueOf(idleConnections);
        return List.of(
                echo("e1", "echo 64 B, 1 connection", Kind.ECHO, "--connections 1 --size 64"),
                echo("e50", "echo 64 B, 50 connections", Kind.ECHO, "--connections 50 --size 64"),
                echo("e500", "echo 64 B, 500 connections", Kind.ECHO, "--connections 500 --size 64"),
                echo("p16", "echo 64 B, 50 connections, 16 in flight on each", Kind.ECHO, "--connections 50 --size 64 --in-flight 16"),
                echo("e16k", "echo 16 KiB, 50 connections", Kind.ECHO, "--connections 50 --size 16384"),
                echo("e1m", "echo 1 MiB less 64 B, 4 connections", Kind.ECHO, "--connections 4 --size 1048512"),
                echo("text300", "echo of text, 300 B, 50 connections", Kind.ECHO, "--connections 50 --size 300 --text"),
                new Workload("rate", String.format(Locale.ROOT, "open loop, %,d messages/s of 64 B on 500 connections", ratePerSecond),
                        Kind.ECHO, "latency", words("--connections 500 --size 64 --rate " + ratePerSecond)),
                new Workload("connect", "connect, upgrade and close, 32 at a time", Kind.ECHO, "connect", words("--in-flight 32")),
                fan("fan1k", "fan-out of 64 B to 1,000", "--subscribers 1000 --size 64 --outstanding 1"),
                fan("fan5k", "fan-out of 64 B to 5,000", "--subscribers 5000 --size 64 --outstanding 1"),
                fan("fan1k8", "fan-out of 64 B to 1,000, 8 outstanding", "--subscribers 1000 --size 64 --outstanding 8"),
                echo("tls50", "echo 64 B over TLS 1.3, 50 connections", Kind.TLS, "--connections 50 --size 64 --insecure"),
                echo("tls16k", "echo 16 KiB over TLS 1.3, 50 connections", Kind.TLS, "--connections 50 --size 16384 --insecure"),
                echo("deflate1k", "echo of 1 KiB of JSON, compressed, 50 connections", Kind.DEFLATE,
                        "--connections 50 --size 1024 --text --compression shared"),
                new Workload("idle", String.format(Locale.ROOT, "memory of %,d idle connections", idleConnections), Kind.IDLE, "idle",
                        List.of("--connections", idle)));
    }

    private static Workload echo(String name, String title, Kind kind, String options) {
        return new Workload(name, title, kind, "throughput", words(options));
    }

    private static Workload fan(String name, String title, String options) {
        return new Workload(name, title, Kind.FAN, "fanout", words(options));
    }

    private static List<String> words(String options) {
        return List.of(options.split(" "));
    }
}
