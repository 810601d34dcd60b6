package io.neurolink.engine.socket.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.socket.Resources;
import io.neurolink.engine.socket.TestServer;
import io.neurolink.engine.spi.HandlerThreading;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything at once: thousands of connections that come, talk and end in every way, two hundred application threads that send to them,
 * handlers that throw, peers that do not read. Nothing may be lost, mixed up or left behind.
 *
 * <p>{@code -Dneurolink.stress.seconds=600} makes it run longer, {@code -Dneurolink.stress.connections} sets how many there are at once.
 */
class StressRun {
    private static final int SECONDS = Integer.getInteger("neurolink.stress.seconds", 10);
    private static final int CONNECTIONS = Integer.getInteger("neurolink.stress.connections", 5000);

    private static final Duration LONG = Duration.ofMinutes(5);

    /** Only a run that fails waits so long. */
    private static final long PATIENCE_NS = TimeUnit.MINUTES.toNanos(3);

    /** For everything else in the process. */
    private static final int SPARE_DESCRIPTORS = 500;

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.neurolink.engine.socket.Modes#available")
    void shouldLoseAndMixUpAndLeaveBehindNothing(HandlerThreading threading) throws IOException {
        Resources before = Resources.now();
        exercise(threading);
        before.assertBack();
        before.assertMemoryBack();
    }

    /** In a method of its own, so that nothing holds the server afterwards. */
    private static void exercise(HandlerThreading threading) throws IOException {
        Faults faults = new Faults();
        StressHandler handler = new StressHandler(affordableConnections(), Swarm.THREADS, faults);
        try (Swarm swarm = new Swarm(handler.slots(), faults)) {
            TestServer server = start(threading, handler);
            try {
                run(server, swarm, handler, faults);
            } finally {
                server.server().close();
            }
        }
    }

    /** Times are long: nobody is to be cut for being slow but those who mean it. */
    private static TestServer start(HandlerThreading threading, StressHandler handler) throws IOException {
        WebSocketConfig config = WebSocketConfig.builder().handlerThreading(threading).maxConnections(2 * handler.slots())
                .pingInterval(Duration.ofSeconds(3)).pongTimeout(LONG).closeTimeout(LONG).maxBufferedBytes(1024 * 1024)
                .writableMarks(64 * 1024, 256 * 1024).build();
        return TestServer.start(config, handler, builder -> builder.eventLoops(2).workers(2).handshakeTimeout(LONG)
                .maxFailedUpgradesPerMinute(0));
    }

    private static void run(TestServer server, Swarm swarm, StressHandler handler, Faults faults) {
        Senders senders = new Senders(server.manager(), handler, faults);
        try (senders) {
            swarm.start(server.address());
            senders.start(Swarm.THREADS);
            awaitNs(TimeUnit.SECONDS.toNanos(SECONDS), () -> faults.count() > 0);
            awaitNs(PATIENCE_NS, () -> swarm.lives() >= handler.slots() || faults.count() > 0);
            swarm.stop();
            awaitNs(PATIENCE_NS, () -> swarm.left() == swarm.staying() || faults.count() > 0);
        }
        faults.assertNone();
        assertEquals(swarm.left(), swarm.staying(), () -> "clients left, and those that are to stay: " + swarm.states() + "; "
                + server.server().counters());
        server.closeExpectingErrors();
        swarm.awaitEnd();
        System.out.println("stress: " + swarm);
        faults.assertNone();
        check(server, swarm, senders, handler);
    }

    private static void awaitNs(long timeoutNs, BooleanSupplier condition) {
        long beginNs = System.nanoTime();
        while (System.nanoTime() - beginNs < timeoutNs && !condition.getAsBoolean()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private static void check(TestServer server, Swarm swarm, Senders senders, StressHandler handler) {
        assertEquals(senders.accepted() + handler.accepted().get() + server.counter("broadcasts.recipients"),
                server.counter("messages.queued"), "messages accepted and messages queued");
        assertEquals(handler.thrown(), server.counter("errors.handler"));
        assertEquals(0, server.counter("errors.loop"));
        assertEquals(0, server.counter("accept.errors"));
        assertTrue(server.counter("connections.opened") >= swarm.upgrades());
        List<String> errors = server.server().errors();
        assertTrue(errors.stream().allMatch(error -> error.contains("thrown on purpose")), errors::toString);
    }

    private static int affordableConnections() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long free = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - SPARE_DESCRIPTORS;
            return (int) Math.min(CONNECTIONS, free / 2);
        }
        return CONNECTIONS;
    }
}
