package io.neurolink.agent.spi;

import java.util.concurrent.atomic.AtomicReference;

/** The side of a {@link Cancellation} that cancels. Any thread may call any method. */
public final class CancellationSource implements Cancellation {
    private static final Link CANCELLED = new Link(() -> { }, null);

    private final AtomicReference<Link> actions = new AtomicReference<>();

    /** Makes a source that is not cancelled. */
    public CancellationSource() {
    }

    @Override
    public boolean isCancelled() {
        return actions.get() == CANCELLED;
    }

    @Override
    public void onCancel(Runnable action) {
        Link head;
        do {
            head = actions.get();
            if (head == CANCELLED) {
                action.run();
                return;
            }
        } while (!actions.compareAndSet(head, new Link(action, head)));
    }

    /**
     * Cancels: runs the actions, the latest first. A second call does nothing.
     *
     * @return whether this call was the one that cancelled.
     * @throws RuntimeException what the first failing action threw, with what others threw as suppressed; all of them have run.
     */
    public boolean cancel() {
        Link head = actions.getAndSet(CANCELLED);
        if (head == CANCELLED) {
            return false;
        }
        runAll(head);
        return true;
    }

    private static void runAll(Link head) {
        RuntimeException failure = null;
        for (Link link = head; link != null; link = link.next) {
            try {
                link.action.run();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private record Link(Runnable action, Link next) {
    }
}
