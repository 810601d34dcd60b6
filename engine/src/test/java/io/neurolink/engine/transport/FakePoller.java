package io.neurolink.engine.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Polls {@link FakeTransport}s as a selector polls sockets: level-triggered, writable before readable, what is thrown ends one line. */
public final class FakePoller implements Poller {
    private final ArrayDeque<FakeTransport> arriving = new ArrayDeque<>();
    private final List<FakeTransport> live = new ArrayList<>();
    private final List<Long> awaitedMs = new ArrayList<>();
    private final List<FakeConnect> connects = new ArrayList<>();
    private final List<Transport> secured = new ArrayList<>();
    private Consumer<Transport> onAccepted;
    private Runnable onSleep = () -> { };
    private int wakeUps;
    private boolean isClosed;

    /** Says who takes new connections. */
    public void onAccepted(Consumer<Transport> newOnAccepted) {
        onAccepted = newOnAccepted;
    }

    /** A connection that the loop wants, and what the test makes of it in the next poll. */
    public final class FakeConnect {
        public final InetSocketAddress address;
        public final boolean isTls;
        private final ConnectListener listener;
        private boolean isAbandoned;
        private Runnable end;

        private FakeConnect(InetSocketAddress address, boolean isTls, ConnectListener listener) {
            this.address = address;
            this.isTls = isTls;
            this.listener = listener;
        }

        public void accept(FakeTransport transport) {
            end = () -> {
                live.add(transport);
                listener.onConnected(transport);
            };
        }

        public void refuse(IOException cause) {
            end = () -> listener.onConnectFailed(cause);
        }

        public boolean isAbandoned() {
            return isAbandoned;
        }

        private int run() {
            Runnable once = end;
            end = null;
            if (once == null || isAbandoned) {
                return 0;
            }
            once.run();
            return 1;
        }
    }

    /** What the loop wanted to connect to so far. */
    public List<FakeConnect> connects() {
        return connects;
    }

    @Override
    public ConnectHandle connect(InetSocketAddress address, TlsClient tls, ConnectListener listener) {
        FakeConnect connect = new FakeConnect(address, tls != null, listener);
        connects.add(connect);
        return () -> connect.isAbandoned = true;
    }

    /** A line that needs no TLS, but keeps in mind that it was asked for. */
    @Override
    public Transport secured(Transport plain, TlsClient tls) {
        secured.add(plain);
        return plain;
    }

    /** On which lines TLS began after a while. */
    public List<Transport> secured() {
        return secured;
    }

    /** What happens while the loop sleeps. */
    public void onSleep(Runnable newOnSleep) {
        onSleep = newOnSleep;
    }

    /** A peer connects; the next poll accepts it. */
    public void connect(FakeTransport transport) {
        arriving.add(transport);
    }

    /** How long the loop was ready to sleep, each time it did. */
    public List<Long> awaitedMs() {
        return awaitedMs;
    }

    public int wakeUps() {
        return wakeUps;
    }

    public boolean isClosed() {
        return isClosed;
    }

    @Override
    public int poll() {
        int count = 0;
        for (FakeTransport transport = arriving.poll(); transport != null; transport = arriving.poll()) {
            live.add(transport);
            onAccepted.accept(transport);
            count++;
        }
        for (FakeConnect connect : List.copyOf(connects)) {
            count += connect.run();
        }
        live.removeIf(FakeTransport::isClosed);
        for (FakeTransport transport : List.copyOf(live)) {
            count += tell(transport);
        }
        return count;
    }

    private static int tell(FakeTransport transport) {
        boolean isWritable = transport.isWritable();
        boolean isReadable = transport.isReadable();
        if (!isWritable && !isReadable) {
            return 0;
        }
        TransportOwner owner = transport.owner();
        try {
            if (isWritable) {
                owner.onWritable();
            }
            if (isReadable && !transport.isClosed()) {
                owner.onReadable();
            }
        } catch (Throwable t) {
            owner.onTransportError(t);
        }
        return 1;
    }

    @Override
    public int await(long timeoutMs, Runnable onAwake) {
        awaitedMs.add(timeoutMs);
        onSleep.run();
        onAwake.run();
        return poll();
    }

    @Override
    public void wakeUp() {
        wakeUps++;
    }

    @Override
    public void close() {
        isClosed = true;
        live.forEach(FakeTransport::close);
        arriving.forEach(FakeTransport::close);
    }
}
