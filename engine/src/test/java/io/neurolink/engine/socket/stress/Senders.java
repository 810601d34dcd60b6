package io.neurolink.engine.socket.stress;

import io.neurolink.engine.WebSocketConnectionManager;
import io.neurolink.engine.spi.SendResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Application threads that all send at once: to random connections, to everybody, to topics, as text and as bytes. */
final class Senders implements AutoCloseable {
    private static final long PAUSE_NS = 10_000_000;
    private static final int BROADCASTS = 2;
    private static final int PUBLICATIONS = 60;
    private static final int DICE = 10_000;
    private static final int FLOOD_BYTES = 100_000;

    private final WebSocketConnectionManager manager;
    private final StressHandler handler;
    private final Faults faults;
    private final AtomicBoolean isStopped = new AtomicBoolean();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();

    Senders(WebSocketConnectionManager manager, StressHandler handler, Faults faults) {
        this.manager = manager;
        this.handler = handler;
        this.faults = faults;
    }

    void start(int count) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(new Sender(i), "sender-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    /** Ends all threads. */
    @Override
    public void close() {
        isStopped.set(true);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Messages to single connections that were accepted. */
    long accepted() {
        return accepted.get();
    }

    long refused() {
        return refused.get();
    }

    /** One thread; the first one of all also floods those who asked for it. */
    private final class Sender implements Runnable {
        private final int number;
        private final SplittableRandom random;
        private final int[] published = new int[StressHandler.TOPICS];
        private int broadcasts;
        private int floods;

        private Sender(int number) {
            this.number = number;
            this.random = new SplittableRandom(number);
        }

        @Override
        public void run() {
            try {
                while (!isStopped.get()) {
                    sendSomething();
                    LockSupport.parkNanos(PAUSE_NS);
                }
            } catch (RuntimeException e) {
                faults.add("sender " + number + ": " + e);
            }
        }

        private void sendSomething() {
            int dice = random.nextInt(DICE);
            if (number == 0) {
                flood();
            } else if (dice < BROADCASTS) {
                broadcast();
            } else if (dice < PUBLICATIONS) {
                publish();
            } else {
                StressHandler.Life life = handler.life(random.nextInt(handler.slots()));
                if (life != null) {
                    sendTo(life);
                }
            }
        }

        private int padding() {
            int dice = random.nextInt(1000);
            return dice == 0 ? 70_000 : dice < 20 ? 20_000 : random.nextInt(200);
        }

        private void sendTo(StressHandler.Life life) {
            int[] numbers = {life.tag, number, life.nextDirect[number], broadcasts};
            String text = Stamp.text(Stamp.DIRECT, padding(), numbers);
            SendResult result = random.nextBoolean() ? life.connection.send(text) : life.connection.send(text.getBytes());
            if (result == SendResult.ACCEPTED) {
                life.nextDirect[number]++;
                accepted.incrementAndGet();
            } else {
                refused.incrementAndGet();
            }
        }

        private void broadcast() {
            int padding = random.nextInt(50) == 0 ? 20_000 : random.nextInt(500);
            byte[] bytes = Stamp.bytes(Stamp.BROADCAST, padding, number, broadcasts);
            SendResult result = random.nextBoolean() ? manager.broadcast(new String(bytes)) : manager.broadcast(ByteBuffer.wrap(bytes));
            if (result == SendResult.ACCEPTED) {
                broadcasts++;
            }
        }

        private void publish() {
            int topic = random.nextInt(StressHandler.TOPICS);
            byte[] bytes = Stamp.bytes(Stamp.PUBLISHED, padding(), topic, number, published[topic]);
            SendResult result = random.nextBoolean() ? manager.publish("topic-" + topic, new String(bytes))
                    : manager.publish("topic-" + topic, ByteBuffer.wrap(bytes));
            if (result == SendResult.ACCEPTED) {
                published[topic]++;
            }
        }

        private void flood() {
            byte[] bytes = Stamp.bytes(Stamp.PUBLISHED, FLOOD_BYTES, StressHandler.FLOOD_TOPIC, number, floods);
            if (manager.publish("topic-" + StressHandler.FLOOD_TOPIC, ByteBuffer.wrap(bytes)) == SendResult.ACCEPTED) {
                floods++;
            }
            LockSupport.parkNanos(5 * PAUSE_NS);
        }
    }
}
