package io.neurolink.perf.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What turning frames around costs at the least on java.nio: one thread, one selector that never blocks, payloads unmasked where they lie,
 * one read and one write for a ready connection. It trusts its clients: there are no limits, no checks, and no rules but the answers to
 * Ping and Close. A message longer than the buffer goes back piece by piece; {@code --broadcast} takes only those that fit.
 */
public final class NioFloor {
    private static final int END_SECONDS = 10;

    private final boolean isBroadcast;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final FrameTurner turner = new FrameTurner();
    private final ArrayDeque<FloorConnection> everybody = new ArrayDeque<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean isEnding;

    private NioFloor(PeerOptions options) throws IOException {
        isBroadcast = options.isBroadcast();
        selector = Selector.open();
        listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(PeerOptions.HOST, options.port()), PeerOptions.BACKLOG);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    public static void main(String[] args) throws InterruptedException {
        PeerServer.run(NioFloor::start, args);
    }

    static PeerServer start(PeerOptions options) throws IOException {
        options.refuseTlsAndCompression("the floor");
        NioFloor floor = new NioFloor(options);
        new Thread(floor::loop, "nio-floor").start();
        return new PeerServer(((InetSocketAddress) floor.listener.getLocalAddress()).getPort(), floor::end);
    }

    private void end() throws InterruptedException {
        isEnding = true;
        ended.await(END_SECONDS, TimeUnit.SECONDS);
    }

    private void loop() {
        try {
            while (!isEnding) {
                selector.selectNow(this::ready);
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new IllegalStateException("the selector is broken", e);
        } finally {
            ended.countDown();
        }
    }

    private void ready(SelectionKey key) {
        if (key.attachment() == null) {
            accept();
            return;
        }
        FloorConnection connection = (FloorConnection) key.attachment();
        try {
            if (key.isWritable()) {
                connection.flush();
            } else if (!turn(connection)) {
                drop(connection);
            }
        } catch (IOException e) {
            drop(connection);
        }
    }

    private void accept() {
        try {
            SocketChannel channel = listener.accept();
            while (channel != null) {
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                FloorConnection connection = new FloorConnection(channel);
                connection.registered(channel.register(selector, SelectionKey.OP_READ, connection));
                channel = listener.accept();
            }
        } catch (IOException e) {
            // The client is gone again, or there are no descriptors left: either way the next one may have more luck.
        }
    }

    /** One read and what follows from it. @return whether the connection goes on */
    private boolean turn(FloorConnection connection) throws IOException {
        ByteBuffer buffer = turner.begin(connection);
        if (connection.channel.read(buffer) < 0) {
            return false;
        }
        if (!connection.isUpgraded) {
            return upgrade(connection, buffer);
        }
        boolean goesOn = turner.turn(connection, isBroadcast);
        ByteBuffer out = turner.out();
        if (!isBroadcast || turner.isOwn()) {
            connection.send(out);
        } else {
            for (FloorConnection each : everybody) {
                sendTo(each, out.duplicate());
            }
        }
        return goesOn || connection.isBlocked();
    }

    private static void sendTo(FloorConnection each, ByteBuffer bytes) {
        try {
            each.send(bytes);
        } catch (IOException e) {
            // Its own turn comes, with a read that fails, and ends it.
        }
    }

    private boolean upgrade(FloorConnection connection, ByteBuffer request) throws IOException {
        ByteBuffer answer = FloorHandshake.answer(request);
        if (answer == null) {
            turner.keepAll(connection);
            return true;
        }
        connection.send(answer);
        connection.isUpgraded = true;
        if (isBroadcast) {
            everybody.add(connection);
        }
        return true;
    }

    private void drop(FloorConnection connection) {
        everybody.remove(connection);
        connection.close();
    }
}
