package io.neurolink.engine.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Accepting on real sockets. */
@Timeout(60)
class SelectorPollerTest {
    private final List<Throwable> errors = new ArrayList<>();
    private final List<SocketChannel> accepted = new ArrayList<>();
    private SelectorPoller poller;
    private ServerSocketChannel listener;

    @BeforeEach
    void open() throws IOException {
        poller = new SelectorPoller(SystemNanoClock.INSTANCE, errors::add);
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        listener.configureBlocking(false);
    }

    @AfterEach
    void close() throws IOException {
        for (SocketChannel channel : accepted) {
            channel.close();
        }
        listener.close();
        poller.close();
    }

    private void pollUntilAccepted() throws IOException {
        while (accepted.isEmpty() && errors.isEmpty()) {
            poller.poll();
        }
    }

    @Test
    void shouldTellOfWhatCannotBeAccepted() throws IOException {
        IllegalStateException full = new IllegalStateException("no room");
        poller.listen(listener, () -> true, channel -> {
            accepted.add(channel);
            throw full;
        });
        try (SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
            pollUntilAccepted();
            assertTrue(client.isConnected());
        }
        assertEquals(List.of(full), errors);
    }

    /** A server that ends closes its listeners, whatever its loops are doing. */
    @Test
    void shouldTakeAListenerThatWasClosedWhileAcceptingForNoError() throws IOException {
        poller.listen(listener, () -> true, channel -> {
            accepted.add(channel);
            Sockets.quietly(listener::close);
        });
        try (SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
            pollUntilAccepted();
            assertTrue(client.isConnected());
        }
        assertEquals(List.of(), errors);
        assertEquals(1, accepted.size());
    }

    @Test
    void shouldLeaveThoseInTheQueueForWhomThereIsNoRoomYet() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        poller.listen(listener, () -> asked.incrementAndGet() > 2, accepted::add);
        try (SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
            while (asked.get() < 1) {
                poller.poll();
            }
            assertEquals(List.of(), accepted);
            while (accepted.isEmpty()) {
                poller.await(60_000, () -> { });
            }
            assertTrue(client.isConnected());
        }
        assertEquals(List.of(), errors);
    }
}
