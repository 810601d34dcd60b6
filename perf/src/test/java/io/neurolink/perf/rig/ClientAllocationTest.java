package io.neurolink.perf.rig;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client that makes garbage would pause in the middle of what it measures. */
@Timeout(300)
class ClientAllocationTest {
    private static final long MESSAGES = 20_000;
    private static final long MAX_BYTES = MESSAGES;
    private static final int ROUNDS = 5;

    @ParameterizedTest
    @CsvSource({"64, false, 1", "64, false, 16", "300, true, 4", "16384, false, 1"})
    void shouldAllocateNothingForAMessage(int size, boolean isText, int inFlight) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (EngineServer server = EngineServer.echo();
                Client client = new Client(new Load(Target.parse(server.url()), size, isText, inFlight,
                        new Compression(Compression.Mode.OFF), null, System::nanoTime))) {
            ClosedLoop workload = new ClosedLoop(client, 10, inFlight);
            client.start(workload);
            Run.open(client, workload, new Progress(null, ""));
            workload.begin(client.nowNs());
            workload.window().set(client.nowNs(), client.nowNs() + Long.MAX_VALUE / 2);
            turnUntil(client, workload, MESSAGES);
            List<Long> allocatedBytes = new ArrayList<>();
            // What is allocated once, for a path that was not walked before, is not allocated for each message.
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                turnUntil(client, workload, workload.messages() + MESSAGES);
                allocatedBytes.add(threads.getCurrentThreadAllocatedBytes() - before);
            } while (allocatedBytes.size() < ROUNDS && Collections.min(allocatedBytes) >= MAX_BYTES);
            assertNull(client.firstError());
            assertTrue(Collections.min(allocatedBytes) < MAX_BYTES, () -> allocatedBytes + " bytes for " + MESSAGES + " messages each");
        }
    }

    private static void turnUntil(Client client, ClosedLoop workload, long messages) {
        while (workload.messages() < messages && client.firstError() == null) {
            client.turn();
        }
    }
}
