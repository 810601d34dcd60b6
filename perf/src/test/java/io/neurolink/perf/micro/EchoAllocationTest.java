package io.neurolink.perf.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.duty.DutyThread;
import io.neurolink.engine.duty.IdleMode;
import io.neurolink.engine.duty.Idling;
import io.neurolink.engine.loop.Broadcast;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.SharedFrame;
import io.neurolink.engine.loop.SharedFramePool;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.worker.Worker;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A message costs no garbage, on whatever way it goes through the engine; with a line of memory in the place of the socket. */
@Timeout(600)
class EchoAllocationTest {
    /** Less than this per message is none: the smallest object has 16. */
    private static final double LIMIT_BYTES = 1;

    /** The objects of a broadcast of a few bytes; the smallest object for each of 500 would be 8,000. */
    private static final double BROADCAST_BYTES = 512;

    private static MemoryLine line(Role peer, int opcode, int messages, int length) {
        return new MemoryLine(MemoryLine.frames(peer, opcode, messages, length));
    }

    private static int opcode(String type) {
        return type.equals("TEXT") ? Opcode.TEXT : Opcode.BINARY;
    }

    private static void assertNone(double bytesPerRead, int messages) {
        assertTrue(bytesPerRead / messages < LIMIT_BYTES, () -> bytesPerRead / messages + " bytes a message");
    }

    private static void cycle(EventLoop loop, MemoryLine line) throws Exception {
        line.bringMessages();
        loop.doWork();
    }

    @ParameterizedTest
    @CsvSource({"TEXT, 1, 64", "TEXT, 16, 64", "BINARY, 1, 64", "BINARY, 16, 64", "TEXT, 1, 4096", "BINARY, 1, 40000"})
    void shouldEchoOnTheLoopWithoutGarbage(String type, int messages, int length) throws Exception {
        MemoryLine line = line(Role.CLIENT, opcode(type), messages, length);
        EventLoop loop = new EchoLoop(line).open();
        assertNone(AllocationMeter.here().steadyBytes(LIMIT_BYTES * messages, () -> cycle(loop, line)), messages);
        assertTrue(line.bytesOut() >= 20_000L * messages * length);
    }

    @ParameterizedTest
    @CsvSource({"TEXT, 1", "TEXT, 16", "BINARY, 1", "BINARY, 16"})
    void shouldEchoAsAClientWithoutGarbage(String type, int messages) throws Exception {
        MemoryLine line = line(Role.SERVER, opcode(type), messages, 64);
        EventLoop loop = new EchoLoop(line).openAsClient();
        assertNone(AllocationMeter.here().steadyBytes(LIMIT_BYTES * messages, () -> cycle(loop, line)), messages);
        assertTrue(line.bytesOut() >= 20_000L * messages * 64);
    }

    /** The answers come back in later cycles, and stand in the connection's queue until the end of one. */
    @ParameterizedTest
    @CsvSource({"TEXT, 1", "TEXT, 16", "BINARY, 1", "BINARY, 16"})
    void shouldEchoOnAWorkerWithoutGarbage(String type, int messages) throws Exception {
        MemoryLine line = line(Role.CLIENT, opcode(type), messages, 64);
        EchoLoop echo = new EchoLoop(line);
        EventLoop loop = echo.openWithWorker();
        Worker worker = echo.worker();
        Idling idling = new Idling(IdleMode.BACKOFF, worker, Idling.WORKER_SPINS);
        try (DutyThread thread = new DutyThread("echo-worker", worker, idling, worker::wakeUp, error -> { })) {
            thread.start();
            AllocationMeter.Action hop = () -> hop(loop, line, messages * (2 + 64));
            assertNone(AllocationMeter.of(thread.thread()).steadyBytes(LIMIT_BYTES * messages, hop), messages);
            double cycleBytes = AllocationMeter.here().steadyBytes(LIMIT_BYTES, () -> waitingCycle(loop, line));
            assertTrue(cycleBytes < LIMIT_BYTES, () -> cycleBytes + " bytes a cycle");
        }
    }

    private static void hop(EventLoop loop, MemoryLine line, int answerBytes) throws Exception {
        long expected = line.bytesOut() + answerBytes;
        cycle(loop, line);
        while (line.bytesOut() < expected) {
            Thread.yield();
            loop.doWork();
        }
    }

    /** One cycle, in which something is read if everything was answered; the loop cannot know how many it takes till then. */
    private static void waitingCycle(EventLoop loop, MemoryLine line) throws Exception {
        if (line.bytesOut() > 0) {
            line.reset();
            line.bringMessages();
        }
        Thread.yield();
        loop.doWork();
    }

    /** A loop that sleeps when there is nothing to do; here it is awake again at once. */
    @Test
    void shouldSleepAndAwakeWithoutGarbage() throws Exception {
        MemoryLine line = line(Role.CLIENT, Opcode.TEXT, 1, 64);
        EventLoop loop = new EchoLoop(line).open();
        assertNone(AllocationMeter.here().steadyBytes(LIMIT_BYTES, () -> {
            line.bringMessages();
            loop.park();
            loop.doWork();
        }), 1);
        assertTrue(line.writes() >= 20_000);
    }

    /** What waits at the end of a cycle takes frames from the loop's pool. */
    @Test
    void shouldSendOutsideOfAReadWithoutGarbage() throws Exception {
        MemoryLine line = line(Role.CLIENT, Opcode.BINARY, 1, 64);
        EchoLoop echo = new EchoLoop(line);
        EventLoop loop = echo.open();
        WebSocketConnection connection = echo.opened().get(0);
        ByteBuffer payload = ByteBuffer.allocateDirect(64);
        assertNone(AllocationMeter.here().steadyBytes(LIMIT_BYTES, () -> {
            connection.send(payload);
            connection.send("some text");
            loop.doWork();
        }), 1);
    }

    /** A broadcast makes a few objects, but not one more for 500 recipients. */
    @ParameterizedTest
    @CsvSource({"1, 1", "500, 1", "500, 8"})
    void shouldBroadcastWithoutGarbagePerRecipient(int recipients, int outstanding) throws Exception {
        MemoryCrowd crowd = new MemoryCrowd(recipients, MemoryLine.frames(Role.CLIENT, Opcode.BINARY, 1, 1));
        EchoLoop echo = new EchoLoop(crowd);
        EventLoop loop = echo.open();
        SharedFramePool pool = new SharedFramePool(new Counters().shared());
        double bytes = AllocationMeter.ofBatches(2_000).steadyBytes(BROADCAST_BYTES * outstanding, () -> {
            for (int i = 0; i < outstanding; i++) {
                loop.broadcast(new Broadcast(SharedFrame.text("abc", pool, 1), null, echo, null, null));
            }
            loop.doWork();
        }) / outstanding;
        assertTrue(bytes < BROADCAST_BYTES, () -> bytes + " bytes a broadcast");
        crowd.lines().forEach(line -> assertEquals(5 * outstanding * line.writes(), line.bytesOut()));
    }
}
