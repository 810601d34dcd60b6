package io.neurolink.engine.socket.stress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Thousands of clients on one thread. */
final class Swarm implements AutoCloseable {
    static final int THREADS = 200;

    private static final int MAX_CONNECTING = 500;
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int BUFFER_LENGTH = 256 * 1024;

    private final Faults faults;
    private final Selector selector;
    private final SwarmClient[] clients;
    private InetSocketAddress address;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private final Thread thread = new Thread(this::run, "swarm");
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicBoolean isCut = new AtomicBoolean();
    private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    private final AtomicInteger staying = new AtomicInteger();
    private final AtomicInteger tags = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong upgrades = new AtomicLong();
    private final Map<Ending, Integer> endings = new EnumMap<>(Ending.class);
    private final Map<Integer, Integer> closes = new TreeMap<>();

    Swarm(int slots, Faults faults) throws IOException {
        this.faults = faults;
        this.selector = Selector.open();
        this.clients = new SwarmClient[slots];
        for (int i = 0; i < slots; i++) {
            clients[i] = new SwarmClient(this, i);
        }
    }

    void start(InetSocketAddress serverAddress) {
        address = serverAddress;
        thread.start();
    }

    /** From now on no life begins, and those that live end soon, but for some that stay for the server's own end. */
    void stop() {
        isOver.set(true);
    }

    /** Clients that are connected, or trying to be. */
    int left() {
        return left.get();
    }

    int staying() {
        return staying.get();
    }

    int lives() {
        return tags.get();
    }

    long messages() {
        return messages.get();
    }

    long upgrades() {
        return upgrades.get();
    }

    void awaitEnd() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Cuts all lines, if any are left. */
    @Override
    public void close() {
        isCut.set(true);
        selector.wakeup();
        awaitEnd();
    }

    private void run() {
        try {
            long tickedNs = System.nanoTime();
            while (!isCut.get() && (!isOver.get() || left.get() > 0)) {
                selector.select(this::onReady, TimeUnit.NANOSECONDS.toMillis(TICK_NS));
                if (System.nanoTime() - tickedNs >= TICK_NS) {
                    tickedNs = System.nanoTime();
                    tick(tickedNs);
                }
            }
        } catch (IOException | RuntimeException e) {
            faults.add("the swarm has ended: " + e);
        } finally {
            closeAll();
            left.set(0);
            staying.set(0);
        }
    }

    /** A channel that is closed keeps its descriptor until its selector lets go of it. */
    private void closeAll() {
        try {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void onReady(SelectionKey key) {
        SwarmClient client = (SwarmClient) key.attachment();
        guarded(client, () -> {
            if (key.isConnectable()) {
                client.onConnectable();
            }
            if (key.isValid() && key.isWritable()) {
                client.onWritable();
            }
            if (key.isValid() && key.isReadable()) {
                client.onReadable(buffer);
            }
        });
    }

    private interface Step {
        void run() throws IOException;
    }

    private void guarded(SwarmClient client, Step step) {
        try {
            step.run();
        } catch (IOException | RuntimeException e) {
            client.onFailure(e);
        }
    }

    private void tick(long nowNs) {
        boolean over = isOver.get();
        int connecting = 0;
        int gone = 0;
        int stay = 0;
        for (SwarmClient client : clients) {
            if (client.isGone() && !over && connecting < MAX_CONNECTING) {
                guarded(client, client::start);
            }
            guarded(client, () -> client.tick(nowNs, over));
            gone += client.isGone() ? 1 : 0;
            connecting += client.state() == SwarmClient.State.CONNECTING ? 1 : 0;
            stay += client.state() == SwarmClient.State.STAYING ? 1 : 0;
        }
        staying.set(stay);
        left.set(clients.length - gone);
        most.accumulateAndGet(clients.length - gone, Math::max);
    }

    // ------------------------------------------------------------------ what clients need

    InetSocketAddress address() {
        return address;
    }

    Selector selector() {
        return selector;
    }

    Faults faults() {
        return faults;
    }

    int nextTag() {
        return tags.getAndIncrement();
    }

    void countMessage() {
        messages.incrementAndGet();
    }

    void countUpgrade() {
        upgrades.incrementAndGet();
    }

    void countEnding(Ending ending) {
        endings.merge(ending, 1, Integer::sum);
    }

    void countClose(int code) {
        closes.merge(code >= 4000 ? 4000 : code, 1, Integer::sum);
    }

    /** How many clients are doing what; exact when the swarm has ended. */
    Map<SwarmClient.State, Integer> states() {
        Map<SwarmClient.State, Integer> states = new EnumMap<>(SwarmClient.State.class);
        for (SwarmClient client : clients) {
            states.merge(client.state(), 1, Integer::sum);
        }
        return states;
    }

    /** After the end. */
    @Override
    public String toString() {
        return lives() + " lives, at most " + most + " at once, " + upgrades + " upgrades, " + messages + " messages received, endings "
                + endings + ", close codes " + closes;
    }
}
