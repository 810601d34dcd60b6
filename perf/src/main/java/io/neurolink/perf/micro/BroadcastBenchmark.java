package io.neurolink.perf.micro;

import io.neurolink.engine.loop.Broadcast;
import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.loop.SharedFrame;
import io.neurolink.engine.loop.SharedFramePool;
import io.neurolink.engine.spi.SendResult;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.status.Counters;
import io.neurolink.protocol.Opcode;
import io.neurolink.protocol.Role;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A text of 64 characters to all connections of a loop, from the call to the last write; only the sockets are missing. The figure is for a
 * cycle: {@code outstanding} messages to each of {@code connections}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BroadcastBenchmark {
    private static final int LENGTH = 64;
    private static final int FRAME_LENGTH = 2 + LENGTH;

    /** Who gets it. */
    @Param({"50", "1000"})
    public int connections;

    /** Messages that are sent before the loop comes to write. */
    @Param({"1", "8"})
    public int outstanding;

    private final String text = "0123456789abcdef".repeat(LENGTH / 16);
    private final SharedFramePool pool = new SharedFramePool(new Counters().shared());
    private final ByteBuffer encoded = ByteBuffer.allocateDirect(FRAME_LENGTH);
    private ByteBuffer[] outputs;
    private MemoryCrowd crowd;
    private EchoLoop echo;
    private EventLoop loop;
    private long cycles;

    /** Opens the connections. */
    @Setup
    public void open() throws Exception {
        crowd = new MemoryCrowd(connections, MemoryLine.frames(Role.CLIENT, Opcode.BINARY, 1, 1));
        echo = new EchoLoop(crowd);
        loop = echo.open();
        outputs = new ByteBuffer[connections];
        for (int i = 0; i < connections; i++) {
            outputs[i] = ByteBuffer.allocateDirect(FRAME_LENGTH * outstanding);
        }
    }

    /** What the engine does: the text is encoded once. */
    @Benchmark
    public int encodeOnce() throws Exception {
        cycles++;
        for (int i = 0; i < outstanding; i++) {
            loop.broadcast(new Broadcast(SharedFrame.text(text, pool, 1), null, echo, null, null));
        }
        return loop.doWork();
    }

    /** The same to the same connections by a loop over them: an encoding and a pooled frame for each. */
    @Benchmark
    public int encodePerRecipient() throws Exception {
        cycles++;
        for (int i = 0; i < outstanding; i++) {
            for (WebSocketConnection connection : echo.opened()) {
                if (connection.send(text) != SendResult.ACCEPTED) {
                    throw new IllegalStateException("no room");
                }
            }
        }
        return loop.doWork();
    }

    /** The floor: nothing but the copies, without connections, queues, counters and writes. */
    @Benchmark
    public int copiesOnly() {
        int bytes = 0;
        for (ByteBuffer output : outputs) {
            for (int i = 0; i < outstanding; i++) {
                output.put(i * FRAME_LENGTH, encoded, 0, FRAME_LENGTH);
            }
            bytes += output.get(0);
        }
        return bytes;
    }

    /** That nobody was left out, and that what waited for a connection left in one write. */
    @TearDown
    public void verify() {
        for (MemoryLine line : crowd.lines()) {
            if (line.bytesOut() != cycles * outstanding * FRAME_LENGTH || line.writes() != cycles) {
                throw new IllegalStateException(line.bytesOut() + " bytes in " + line.writes() + " writes went out in " + cycles);
            }
        }
    }
}
