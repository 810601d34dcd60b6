package io.neurolink.perf.server;

import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.IdleMode;
import io.neurolink.engine.TlsConfig;
import io.neurolink.engine.spi.HandlerThreading;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The limits under test. Where no other value is given, the engine's default is. */
public final class TargetOptions {
    @Option(names = "--event-loops", defaultValue = "1")
    int eventLoops;

    @Option(names = "--idle", defaultValue = "BLOCKING")
    IdleMode idle;

    @Option(names = "--handler-threading", defaultValue = "INLINE")
    HandlerThreading handlerThreading;

    @Option(names = "--max-connections", defaultValue = "20000")
    int maxConnections;

    @Option(names = "--max-message-size", defaultValue = "1048576")
    int maxMessageSize;

    @Option(names = "--max-fragments", defaultValue = "4096")
    int maxFragments;

    @Option(names = "--max-buffered-bytes", defaultValue = "4194304")
    int maxBufferedBytes;

    @Option(names = "--system-send-buffer", defaultValue = "0")
    int systemSendBuffer;

    @Option(names = "--handshake-timeout", defaultValue = "10000")
    long handshakeTimeoutMs;

    @Option(names = "--close-timeout", defaultValue = "5000")
    long closeTimeoutMs;

    @Option(names = "--ping-interval", defaultValue = "30000")
    long pingIntervalMs;

    @Option(names = "--pong-timeout", defaultValue = "10000")
    long pongTimeoutMs;

    @Option(names = "--max-failed-upgrades-per-minute", defaultValue = "60")
    int maxFailedUpgradesPerMinute;

    @Option(names = "--max-connections-per-address", defaultValue = "0")
    int maxConnectionsPerAddress;

    @Option(names = "--max-handshakes", defaultValue = "20000")
    int maxHandshakes;

    @Option(names = "--memory-budget", defaultValue = "0")
    long memoryBudget;

    @Option(names = "--compression", defaultValue = "OFF")
    CompressionConfig.Mode compression;

    @Option(names = "--tls-cert")
    Path tlsCert;

    @Option(names = "--tls-key")
    Path tlsKey;

    TlsConfig tls() {
        return tlsCert == null ? null : TlsConfig.pem(tlsCert, tlsKey);
    }
}
