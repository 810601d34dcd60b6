package io.neurolink.engine.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Opens listening sockets and sets the options of accepted ones. */
public final class Sockets {
    /** Connections that may wait to be accepted. The kernel cuts it to its own limit. */
    static final int BACKLOG = 4096;

    private Sockets() {
    }

    /**
     * Opens one listener per event loop on the same port where the system can share a port, else a single one.
     *
     * <p>A port that another process listens on with the same option would be shared with it silently; so the port is first taken
     * without that
     * option, which fails if it is in use.
     *
     * @param address where to listen; port 0 = any free port.
     * @param count   how many listeners are wanted.
     * @return {@code count} listeners, or one.
     * @throws IOException if the address cannot be bound.
     */
    public static List<ServerSocketChannel> listen(InetSocketAddress address, int count) throws IOException {
        ServerSocketChannel first = bind(address, false);
        if (count == 1 || !first.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
            return List.of(first);
        }
        InetSocketAddress bound = (InetSocketAddress) first.getLocalAddress();
        first.close();
        List<ServerSocketChannel> all = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                all.add(bind(bound, true));
            }
        } catch (IOException e) {
            all.forEach(channel -> quietly(channel::close));
            throw e;
        }
        return all;
    }

    /**
     * Takes the listening socket that the process was given as its standard input.
     *
     * @return the socket, bound and non-blocking. Not to be closed: the JDK would close standard output and standard error with it.
     * @throws BindException if standard input is something else.
     * @throws IOException   if the socket cannot be used.
     */
    public static ServerSocketChannel inherited() throws IOException {
        if (System.inheritedChannel() instanceof ServerSocketChannel listener && listener.getLocalAddress() instanceof InetSocketAddress) {
            listener.configureBlocking(false);
            return listener;
        }
        throw new BindException("cannot inherit a socket: standard input is no listening TCP socket");
    }

    private static ServerSocketChannel bind(InetSocketAddress address, boolean sharePort) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (sharePort) {
                channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            channel.bind(address, BACKLOG);
            return channel;
        } catch (IOException e) {
            quietly(channel::close);
            throw e;
        }
    }

    /** Tokens must not wait for one another: Nagle's algorithm is off. */
    static void prepare(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** Something that fails only because the line is broken already, which is what the caller wants anyway. */
    @FunctionalInterface
    public interface Ending {
        /** @throws IOException if the line is broken. */
        void run() throws IOException;
    }

    /**
     * Ends something, and does not mind if that was not necessary any more.
     *
     * @param ending what to do.
     */
    public static void quietly(Ending ending) {
        try {
            ending.run();
        } catch (IOException lineIsBroken) {
            // The peer was faster: nothing is left to end.
            return;
        }
    }
}
