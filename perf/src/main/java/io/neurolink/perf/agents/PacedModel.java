package io.neurolink.perf.agents;

import io.neurolink.agent.spi.Agent;
import io.neurolink.agent.spi.AgentEvent;
import io.neurolink.agent.spi.AgentRequest;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A model that says a token a given number of times a second in each of its runs, all from one thread, evenly spread. A token is the time
 * at which it was due, in nanoseconds, so that whoever reads it knows how late it is: by what this thread was late too.
 */
final class PacedModel implements Agent, Runnable {
    private static final long PARK_NS = 50_000;

    private final long intervalNs;
    private final Queue<Pace> started = new ConcurrentLinkedQueue<>();
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicReference<Thread> thread = new AtomicReference<>();

    PacedModel(int tokensPerSecond) {
        this.intervalNs = 1_000_000_000L / tokensPerSecond;
    }

    @Override
    public String name() {
        return "paced";
    }

    @Override
    public Flow.Publisher<AgentEvent> run(AgentRequest request) {
        return subscriber -> {
            Pace pace = new Pace(subscriber);
            subscriber.onSubscribe(pace);
            started.add(pace);
        };
    }

    /** @return tokens that were said. */
    long tokens() {
        return tokens.get();
    }

    /** @return the thread that says them, or null. */
    Thread thread() {
        return thread.get();
    }

    /** Says tokens until it is interrupted. */
    @Override
    public void run() {
        thread.set(Thread.currentThread());
        var paces = new PriorityQueue<Pace>(Comparator.comparingLong(pace -> pace.dueNs));
        while (!Thread.currentThread().isInterrupted()) {
            for (Pace pace = started.poll(); pace != null; pace = started.poll()) {
                pace.dueNs = System.nanoTime() + ThreadLocalRandom.current().nextLong(intervalNs);
                paces.add(pace);
            }
            sayWhatIsDue(paces);
            LockSupport.parkNanos(paces.isEmpty() ? PARK_NS : Math.max(1, Math.min(PARK_NS, paces.peek().dueNs - System.nanoTime())));
        }
    }

    private void sayWhatIsDue(PriorityQueue<Pace> paces) {
        long nowNs = System.nanoTime();
        while (!paces.isEmpty() && paces.peek().dueNs <= nowNs) {
            Pace pace = paces.poll();
            if (pace.say()) {
                tokens.lazySet(tokens.get() + 1);
            }
            if (!pace.isOver.get()) {
                paces.add(pace);
            }
        }
    }

    /** One run. */
    private final class Pace implements Flow.Subscription {
        private final Flow.Subscriber<? super AgentEvent> subscriber;
        private final AtomicLong demand = new AtomicLong();
        private final AtomicBoolean isOver = new AtomicBoolean();
        private long dueNs;

        Pace(Flow.Subscriber<? super AgentEvent> subscriber) {
            this.subscriber = subscriber;
        }

        /** @return false if nobody wants the token that is due; then it is left out. */
        boolean say() {
            long saidAtNs = dueNs;
            dueNs += intervalNs;
            if (isOver.get() || demand.get() == 0) {
                return false;
            }
            demand.decrementAndGet();
            subscriber.onNext(new AgentEvent.Text(saidAtNs + " "));
            return true;
        }

        @Override
        public void request(long count) {
            demand.addAndGet(count);
        }

        @Override
        public void cancel() {
            isOver.set(true);
        }
    }
}
