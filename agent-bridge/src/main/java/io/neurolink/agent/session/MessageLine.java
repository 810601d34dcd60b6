package io.neurolink.agent.session;

import io.neurolink.agent.spi.AgentException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The messages of one connection whose permission is being decided, and those behind them: served one at a time and in their order, by the
 * thread that brings them or by the one that brings the decision. Any thread.
 */
final class MessageLine {
    private static final int CAPACITY = 256;

    private final ConcurrentLinkedQueue<Entry> entries = new ConcurrentLinkedQueue<>();
    /** How many there are; whoever makes it one serves until it is none. */
    private final AtomicInteger count = new AtomicInteger();

    private record Entry(Supplier<CompletableFuture<AgentException>> question, Consumer<AgentException> service) {
    }

    /**
     * @param question asks for the decision when it is this message's turn; must not fail.
     * @param service  serves the message with the decision, null for yes; must not fail.
     * @return false if too many wait; then nothing happens.
     */
    boolean add(Supplier<CompletableFuture<AgentException>> question, Consumer<AgentException> service) {
        int before = count.get();
        while (before < CAPACITY && !count.compareAndSet(before, before + 1)) {
            before = count.get();
        }
        if (before >= CAPACITY) {
            return false;
        }
        entries.add(new Entry(question, service));
        if (before == 0) {
            serve();
        }
        return true;
    }

    private void serve() {
        do {
            Entry next = first();
            CompletableFuture<AgentException> decision = next.question.get();
            if (!decision.isDone()) {
                decision.thenAccept(verdict -> {
                    serve(next, verdict);
                    if (count.decrementAndGet() > 0) {
                        serve();
                    }
                });
                return;
            }
            serve(next, decision.join());
        } while (count.decrementAndGet() > 0);
    }

    /** It has been counted, so it is there or about to be. */
    private Entry first() {
        Entry next = entries.peek();
        while (next == null) {
            Thread.onSpinWait();
            next = entries.peek();
        }
        return next;
    }

    private void serve(Entry entry, AgentException verdict) {
        entries.poll();
        entry.service.accept(verdict);
    }
}
