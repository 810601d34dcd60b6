package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.status.EngineCounter;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The end of a server whose handlers on virtual threads have not come to what waits for them. */
class LockStepVirtualEndTest {
    @Test
    void shouldTellHandlersOfTheEndAlsoWhenNoRoomIsLeft() {
        RecordingHandler handler = new RecordingHandler();
        LockStepServer server = LockStepServer.builder(Mode.INLINE).steppedVirtualThreads().handler(handler).start();
        TestPeer peer = server.open();
        server.executor.held(true);
        for (int i = 0; i < 200; i++) {
            peer.text("m" + i);
        }
        server.settle();
        assertTrue(server.counter(EngineCounter.READS_PAUSED) > 0);
        server.end();

        List<String> events = handler.events();
        assertEquals("close 1006", events.get(events.size() - 1));
        assertEquals(IntStream.range(0, events.size() - 2).mapToObj(i -> "text m" + i).toList(), events.subList(1, events.size() - 1));
        assertTrue(events.size() > 60, () -> "" + events);
    }
}
