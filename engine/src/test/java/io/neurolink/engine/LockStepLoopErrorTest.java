package io.neurolink.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.engine.status.EngineCounter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What nobody foresaw ends the connection it happens to, as every other end does, and harms no other. */
class LockStepLoopErrorTest {
    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldEndTheConnectionThatAnErrorHappensTo(Mode mode) {
        RecordingHandler handler = RecordingHandler.echo();
        LockStepServer server = LockStepServer.builder(mode).handler(handler).start();
        TestPeer neighbour = server.openOn(0);
        TestPeer peer = server.openOn(0);
        peer.text("before");
        server.settle();
        peer.transport.acceptance(offered -> {
            throw new IllegalStateException("nobody foresaw this");
        });
        peer.text("not answered");
        neighbour.text("answered");
        server.settle();

        assertTrue(peer.transport.isClosed());
        assertEquals(List.of("text before"), peer.frames());
        assertEquals(List.of("text answered"), neighbour.frames());
        List<String> events = handler.events(handler.connection(1));
        assertEquals(List.of("open", "text before", "text not answered"), events.subList(0, 3));
        assertEquals("close 1006", events.get(events.size() - 1));
        assertEquals(1, events.stream().filter(event -> event.startsWith("close")).count());
        assertEquals(1, server.counter(EngineCounter.LOOP_ERRORS));
        assertEquals(1, server.counter(EngineCounter.CLOSES_ABNORMAL));
        assertEquals(1, server.counter(EngineCounter.CONNECTIONS_OPEN));
        server.end();
        assertEquals(List.of("java.lang.IllegalStateException: nobody foresaw this"), server.errors());
    }
}
