package io.neurolink.agent.spi;

/** Tells work that nobody waits for it any more. */
public interface Cancellation {
    /** {@return whether the work was cancelled} Any thread; does not block. */
    boolean isCancelled();

    /**
     * Has something done at cancellation: at once if that has happened already, else on the thread that cancels. May be called several
     * times, from any thread.
     *
     * @param action closes what the work holds open; must not block. What it throws reaches the one who cancels, after all others have run.
     */
    void onCancel(Runnable action);
}
