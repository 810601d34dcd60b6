package io.neurolink.agent.session;

import io.neurolink.engine.spi.AuthenticatedUser;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Tells a connection with {@code auth_expiring}, in time, that its user's credential runs out; who does not renew it is closed by the
 * engine. Any thread.
 */
final class ExpiryNotice {
    /** Longer than anybody waits, and within the range of a scheduler. */
    private static final long MAX_DELAY_MS = TimeUnit.DAYS.toMillis(365);

    private final AgentConnection client;
    private final RunContext context;
    private final AtomicReference<Future<?>> pending = new AtomicReference<>();

    ExpiryNotice(AgentConnection client, RunContext context) {
        this.client = client;
        this.context = context;
    }

    /** The connection was authenticated, perhaps once more; a notice that is pending is meaningless now. */
    void watch(AuthenticatedUser user) {
        if (user == null || user.expiresAt() == null) {
            replace(null);
            return;
        }
        long expiresAtMs = user.expiresAtMs();
        long leftMs = Math.max(0, expiresAtMs - context.epochClock().time());
        long noticeMs = Math.min(context.config().authExpiryNotice().toMillis(), leftMs / 2);
        try {
            replace(context.scheduler().schedule(
                    () -> tell(expiresAtMs), Math.min(leftMs - noticeMs, MAX_DELAY_MS), TimeUnit.MILLISECONDS));
        } catch (RejectedExecutionException e) {
            // The timers are stopped because the server is: the connection ends before its credential does.
            replace(null);
        }
        if (!client.connection.isOpen()) {
            cancel();
        }
    }

    /** The connection is closed. */
    void cancel() {
        replace(null);
    }

    private void replace(Future<?> next) {
        Future<?> before = pending.getAndSet(next);
        if (before != null) {
            before.cancel(false);
        }
    }

    private void tell(long expiresAtMs) {
        client.reply(writer -> writer.begin("auth_expiring").number("expiresAt", expiresAtMs).end());
    }
}
