package io.neurolink.engine.loop;

import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.transport.SelectorPoller;
import io.neurolink.engine.transport.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;

/**
 * Brings connections to the loops: each loop has a listener of its own where the system lets several share a port, else the first one
 * accepts for all
 * and hands out in turn.
 */
public final class Acceptor implements AutoCloseable {
    private final List<ServerSocketChannel> listeners;
    private final InetSocketAddress address;
    private final boolean isInherited;
    private List<SelectorPoller> pollers = List.of();

    private Acceptor(List<ServerSocketChannel> listeners, boolean isInherited) throws IOException {
        this.listeners = listeners;
        this.isInherited = isInherited;
        this.address = (InetSocketAddress) listeners.get(0).getLocalAddress();
    }

    /**
     * Binds the port; connections wait until {@link #start}.
     *
     * @param wanted    where to listen; port 0 = any free port.
     * @param loopCount how many loops there will be.
     * @return the acceptor.
     * @throws IOException if the address cannot be bound.
     */
    public static Acceptor bind(InetSocketAddress wanted, int loopCount) throws IOException {
        return new Acceptor(Sockets.listen(wanted, loopCount), false);
    }

    /**
     * Takes the listening socket that the process was given as its standard input, one for all loops.
     *
     * @return the acceptor.
     * @throws IOException if there is none.
     */
    public static Acceptor inherited() throws IOException {
        return new Acceptor(List.of(Sockets.inherited()), true);
    }

    /** @return the address listened on. */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Lets the loops accept. Their threads run already.
     *
     * @param loops   all loops.
     * @param newPollers theirs, in the same order.
     * @param errors  is told of connections that could not be taken.
     * @throws IOException if a listener cannot be polled.
     */
    public void start(List<EventLoop> loops, List<SelectorPoller> newPollers, ErrorHandler errors) throws IOException {
        pollers = newPollers;
        AtomicInteger next = new AtomicInteger();
        for (int i = 0; i < listeners.size(); i++) {
            int own = i;
            boolean isOwn = listeners.size() == loops.size();
            Consumer<SocketChannel> onAccepted = isOwn
                    ? channel -> adopt(channel, loops.get(own), pollers.get(own), errors)
                    : channel -> {
                        int target = next.getAndIncrement() % loops.size();
                        handOver(channel, loops.get(target), pollers.get(target), errors);
                    };
            // How much room another loop has, only that loop knows.
            listen(listeners.get(i), loops.get(i), pollers.get(i), isOwn ? loops.get(own)::mayAccept : () -> true, onAccepted);
        }
    }

    private static void listen(ServerSocketChannel listener, EventLoop loop, SelectorPoller poller, BooleanSupplier hasRoom,
            Consumer<SocketChannel> onAccepted) throws IOException {
        CompletableFuture<Void> listening = new CompletableFuture<>();
        loop.proxy().executeUrgently(() -> {
            try {
                poller.listen(listener, hasRoom, onAccepted);
                listening.complete(null);
            } catch (IOException e) {
                listening.completeExceptionally(e);
            }
        });
        try {
            listening.join();
        } catch (CompletionException e) {
            throw new IOException("cannot listen", e.getCause());
        }
    }

    private static void handOver(SocketChannel channel, EventLoop loop, SelectorPoller poller, ErrorHandler errors) {
        if (!loop.proxy().execute(() -> adopt(channel, loop, poller, errors))) {
            Sockets.quietly(channel::close);
            loop.proxy().counters().increment(EngineCounter.SOCKETS_REFUSED);
        }
    }

    private static void adopt(SocketChannel channel, EventLoop loop, SelectorPoller poller, ErrorHandler errors) {
        try {
            loop.onAccepted(poller.register(channel));
        } catch (IOException e) {
            errors.onError(e);
        }
    }

    /** Stops accepting. The port is free then, but an inherited socket stays open: connections wait in it for whoever accepts next. */
    @Override
    public void close() {
        if (isInherited) {
            listeners.forEach(listener -> pollers.forEach(poller -> poller.stopListening(listener)));
        } else {
            listeners.forEach(listener -> Sockets.quietly(listener::close));
        }
    }
}
