package io.neurolink.engine.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.MemoryUse;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.HandlerThreading;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Readers that stop while the server sends, until their sockets are full and much more: memory comes back under its budget every time, and
 * who reads loses nothing.
 */
@Timeout(300)
class MemoryPressureTest {
    private static final int STOPPED = 20;

    /** So many that each loop has some: a loop that none of them waits for could be rounds behind. */
    private static final int READING = 16;
    private static final int ROUNDS = 100;
    private static final int MESSAGE = 64 * 1024;
    private static final long BUDGET = 16L * 1024 * 1024;

    /** What one round can add at most: a message for each, and the broadcast. */
    private static final long ROUND = (STOPPED + READING + 1L) * 2 * MESSAGE;

    @ParameterizedTest
    @EnumSource(names = {"INLINE", "WORKER"})
    void shouldStayWithinItsMemoryWhileReadersStop(HandlerThreading threading) throws IOException {
        var config = WebSocketConfig.builder().handlerThreading(threading).maxConnections(STOPPED + READING).pingInterval(Duration.ZERO)
                .closeTimeout(Duration.ofSeconds(1)).build();
        List<RawClient> stopped = new ArrayList<>();
        List<RawClient> reading = new ArrayList<>();
        try (TestServer server = TestServer.start(config, TestServer.ECHO, builder -> builder.eventLoops(2).memoryBudget(BUDGET))) {
            try {
                for (int i = 0; i < READING; i++) {
                    reading.add(server.open());
                }
                List<WebSocketConnection> known = server.manager().getAllConnections();
                for (int i = 0; i < STOPPED; i++) {
                    RawClient client = RawClient.connect(server.address(), 4096);
                    client.upgraded(client.upgrade("/ws"));
                    stopped.add(client);
                }
                long most = send(server, known, reading);

                // A loop tells what it holds once a millisecond: of the round before, too, some may not have been counted yet.
                assertTrue(most <= BUDGET + 2 * ROUND, () -> "used " + most);
                assertTrue(server.counter("memory.shed_connections") > 0);
                assertTrue(server.counter("closes.slow_consumer") <= STOPPED);
                known.forEach(connection -> assertTrue(connection.isOpen()));
                for (RawClient client : reading) {
                    client.closeNormally();
                }
            } finally {
                for (RawClient client : stopped) {
                    client.close();
                }
                for (RawClient client : reading) {
                    client.close();
                }
            }
        }
    }

    /** @return the most memory seen */
    private static long send(TestServer server, List<WebSocketConnection> known, List<RawClient> reading) throws IOException {
        long most = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (WebSocketConnection connection : server.manager().getAllConnections()) {
                if (!known.contains(connection)) {
                    connection.send(ByteBuffer.allocate(MESSAGE));
                }
            }
            byte[] all = new byte[MESSAGE];
            all[0] = (byte) round;
            assertEquals(SendResult.ACCEPTED, server.manager().broadcast(ByteBuffer.wrap(all)));
            for (RawClient client : reading) {
                client.expect(Frame.binary(all));
            }
            most = Math.max(most, server.server().memory().usedBytes());
            Await.until(() -> "too much memory: " + server.server().memory(), () -> isWithin(server.server().memory()));
        }
        return most;
    }

    private static boolean isWithin(MemoryUse memory) {
        return memory.usedBytes() <= memory.budgetBytes();
    }
}
