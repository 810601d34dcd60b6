package io.neurolink.perf.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.neurolink.engine.loop.Broadcast;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.SharedFrame;
import io.neurolink.engine.loop.SharedFramePool;
import io.neurolink.engine.status.Counters;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a message costs does not depend on how many connections there are: work is counted, not timed, so that a busy machine changes
 * nothing. On a socket each read and write here is a system call, and so is each change of interest and each poll.
 */
@Timeout(300)
class ConnectionCountTest {
    private static final int ROUNDS = 20;

    private MemoryCrowd crowd;
    private EchoLoop echo;
    private EventLoop loop;

    private void open(int connections, int messages) throws Exception {
        crowd = new MemoryCrowd(connections, MemoryLine.frames(Role.CLIENT, Opcode.BINARY, messages, 64));
        echo = new EchoLoop(crowd);
        loop = echo.open();
    }

    /** The first read of a connection stands in line, for several cycles where there are many; from the second on it is among the quick. */
    private void greet(List<MemoryLine> lines) throws Exception {
        lines.forEach(MemoryLine::bringMessages);
        while (sum(lines, MemoryLine::reads) < lines.size()) {
            loop.doWork();
        }
        lines.forEach(MemoryLine::reset);
    }

    private static long sum(List<MemoryLine> lines, ToLongFunction<MemoryLine> count) {
        return lines.stream().mapToLong(count).sum();
    }

    /** All connections have something to say in every cycle. */
    @ParameterizedTest
    @CsvSource({"50, 1", "50, 16", "500, 1", "5000, 1", "5000, 16"})
    void shouldReadAndWriteOncePerReadyConnection(int connections, int messages) throws Exception {
        open(connections, messages);
        greet(crowd.lines());
        long messagesBefore = echo.counters().sum(EngineCounter.MESSAGES_IN);
        long sentBefore = echo.counters().sum(EngineCounter.MESSAGES_SENT);
        long pollsBefore = crowd.polls();
        for (int i = 0; i < ROUNDS; i++) {
            crowd.lines().forEach(MemoryLine::bringMessages);
            loop.doWork();
        }
        long turns = (long) ROUNDS * connections;
        assertEquals(ROUNDS, crowd.polls() - pollsBefore);
        assertEquals(turns, sum(crowd.lines(), MemoryLine::reads));
        assertEquals(turns, sum(crowd.lines(), MemoryLine::writes));
        assertEquals(0, sum(crowd.lines(), MemoryLine::interestChanges));
        assertEquals(turns * messages * (2 + 64), sum(crowd.lines(), MemoryLine::bytesOut));
        assertEquals(turns * messages, echo.counters().sum(EngineCounter.MESSAGES_IN) - messagesBefore);
        assertEquals(turns * messages, echo.counters().sum(EngineCounter.MESSAGES_SENT) - sentBefore);
    }

    /** Ten talk, whoever else is there: nobody else's line is touched. */
    @ParameterizedTest
    @ValueSource(ints = {50, 500, 5_000})
    void shouldNotTouchThoseThatAreSilent(int connections) throws Exception {
        open(connections, 1);
        List<MemoryLine> talking = crowd.lines().subList(0, 10);
        List<MemoryLine> silent = crowd.lines().subList(10, connections);
        greet(talking);
        long pollsBefore = crowd.polls();
        for (int i = 0; i < ROUNDS; i++) {
            talking.forEach(MemoryLine::bringMessages);
            loop.doWork();
        }
        assertEquals(ROUNDS, crowd.polls() - pollsBefore);
        assertEquals(10 * ROUNDS, sum(talking, MemoryLine::reads));
        assertEquals(10 * ROUNDS, sum(talking, MemoryLine::writes));
        assertEquals(0, sum(silent, MemoryLine::touches));
    }

    /** Eight broadcasts of one cycle: one write for each recipient. */
    @ParameterizedTest
    @CsvSource({"50, 1", "50, 8", "5000, 1", "5000, 8"})
    void shouldWriteOncePerRecipientAndCycle(int connections, int outstanding) throws Exception {
        open(connections, 1);
        SharedFramePool pool = new SharedFramePool(new Counters().shared());
        for (int i = 0; i < ROUNDS; i++) {
            for (int j = 0; j < outstanding; j++) {
                loop.broadcast(new Broadcast(SharedFrame.text("abc", pool, 1), null, echo, null, null));
            }
            loop.doWork();
        }
        long turns = (long) ROUNDS * connections;
        assertEquals(turns, sum(crowd.lines(), MemoryLine::writes));
        assertEquals(turns * outstanding * (2 + 3), sum(crowd.lines(), MemoryLine::bytesOut));
        assertEquals(0, sum(crowd.lines(), MemoryLine::reads));
        assertEquals(0, sum(crowd.lines(), MemoryLine::interestChanges));
    }
}
