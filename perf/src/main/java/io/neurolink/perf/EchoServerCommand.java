package io.neurolink.perf;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.perf.rig.Durations;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Starts an {@link EchoServer} and lets it run until SIGTERM or SIGINT. */
@Command(name = "echo-server", sortOptions = false, mixinStandardHelpOptions = true,
        description = "A server that sends every message back, on any path, for load generators and conformance suites.")
final class EchoServerCommand implements Callable<Integer> {
    private static final Duration DRAIN_DEADLINE = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "PORT", description = "The port, as --port.")
    private String positionalPort;

    @Option(names = "--port", paramLabel = "N", description = "Port to listen on; 0 = any free one.")
    private Integer port;

    @Option(names = "--broadcast", description = "Send every message to every connection, the sender included.")
    private boolean broadcast;

    @Option(names = "--event-loops", paramLabel = "N", defaultValue = "1", description = "Event loops. Default: ${DEFAULT-VALUE}.")
    private int eventLoops;

    @Option(names = "--handler-threading", paramLabel = "MODE", defaultValue = "inline", converter = ThreadingConverter.class,
            description = "worker, inline or virtual. Default: ${DEFAULT-VALUE}.")
    private HandlerThreading handlerThreading;

    @Option(names = "--idle", paramLabel = "MODE", defaultValue = "busy-spin", converter = IdleConverter.class,
            description = "auto, busy-spin, backoff or blocking. Default: ${DEFAULT-VALUE}.")
    private IdleMode idle;

    @Option(names = "--max-message-size", paramLabel = "N", defaultValue = "1048576",
            description = "Largest message in bytes. Default: ${DEFAULT-VALUE}.")
    private int maxMessageSize;

    @Option(names = "--compression", paramLabel = "MODE", defaultValue = "off", converter = CompressionConverter.class,
            description = "off, shared or dedicated; messages of any length are compressed, if that makes them shorter."
                    + " Default: ${DEFAULT-VALUE}.")
    private CompressionConfig.Mode compression;

    @Option(names = "--ping-interval", paramLabel = "TIME", defaultValue = "0", converter = Durations.class,
            description = "Time between two pings to each connection, as 30s; 0 = none. Default: ${DEFAULT-VALUE}.")
    private long pingIntervalNs;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "PEM file with the certificate chain, for wss://.")
    private Path tlsCert;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM file with its private key.")
    private Path tlsKey;

    @Override
    public Integer call() throws Exception {
        NeuroLinkServer server = start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.shutdown(DRAIN_DEADLINE).join();
            Runtime.getRuntime().halt(0);
        }, "neurolink-drain"));
        PrintWriter out = spec.commandLine().getOut();
        out.println("listening on " + (tlsCert == null ? "ws://" : "wss://") + EchoServer.HOST + ":" + server.port());
        out.flush();
        server.awaitShutdown();
        return 0;
    }

    private NeuroLinkServer start() throws IOException {
        var settings = new EchoServer.Settings(chosenPort(), broadcast, eventLoops, handlerThreading, idle, maxMessageSize,
                compression, Duration.ofNanos(pingIntervalNs), tls());
        try {
            return EchoServer.create(settings).start();
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private TlsConfig tls() {
        if ((tlsCert == null) != (tlsKey == null)) {
            throw new ParameterException(spec.commandLine(), tlsKey == null ? "--tls-cert needs --tls-key" : "--tls-key needs --tls-cert");
        }
        return tlsCert == null ? null : TlsConfig.pem(tlsCert, tlsKey);
    }

    private int chosenPort() {
        if ((port == null) == (positionalPort == null)) {
            throw new ParameterException(spec.commandLine(), port == null ? "--port is missing" : "--port is given twice");
        }
        try {
            return port == null ? Integer.parseInt(positionalPort) : port;
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), "PORT must be a number, not '" + positionalPort + "'", e);
        }
    }

    /** Reads a constant as {@code busy-spin}. */
    private static <E extends Enum<E>> E constant(Class<E> type, String value) {
        try {
            return Enum.valueOf(type, value.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("must be one of "
                    + String.join(", ", Arrays.stream(type.getEnumConstants())
                            .map(one -> one.name().toLowerCase(Locale.ROOT).replace('_', '-')).toList()) + ", not '" + value + "'");
        }
    }

    /** Idle mode, as {@code busy-spin}. */
    static final class IdleConverter implements ITypeConverter<IdleMode> {
        @Override
        public IdleMode convert(String value) {
            return constant(IdleMode.class, value);
        }
    }

    /** Compression, as {@code shared}. */
    static final class CompressionConverter implements ITypeConverter<CompressionConfig.Mode> {
        @Override
        public CompressionConfig.Mode convert(String value) {
            return constant(CompressionConfig.Mode.class, value);
        }
    }

    /** Handler threading, as {@code inline}. */
    static final class ThreadingConverter implements ITypeConverter<HandlerThreading> {
        @Override
        public HandlerThreading convert(String value) {
            return constant(HandlerThreading.class, value);
        }
    }
}
