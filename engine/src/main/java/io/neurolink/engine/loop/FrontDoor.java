package io.neurolink.engine.loop;

import io.neurolink.engine.duty.Headcount;
import io.neurolink.engine.duty.RateCells;
import io.neurolink.protocol.handshake.HttpRequestHead;
import io.neurolink.protocol.proxy.ForwardedFor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Who may come in, as far as it depends on the address and not on a loop: one for all loops of a server. Any thread. */
public final class FrontDoor {
    /** Addresses with failures that are told apart; 128 KiB. */
    private static final int FAILURE_CELLS = 16 * 1024;

    private final FrontDoorSettings settings;
    private final int loopCount;
    private final long startNs;
    private final Headcount<AddressBlock> sockets = new Headcount<>();

    /** Null if failures are not limited. */
    private final RateCells failures;

    /**
     * @param settings  the limits.
     * @param loopCount how many loops share them.
     * @param startNs   the present time.
     */
    public FrontDoor(FrontDoorSettings settings, int loopCount, long startNs) {
        this.settings = settings;
        this.loopCount = loopCount;
        this.startNs = startNs;
        this.failures = settings.maxFailedUpgradesPerMinute() == 0 ? null
                : new RateCells(FAILURE_CELLS, settings.maxFailedUpgradesPerMinute());
    }

    FrontDoorSettings settings() {
        return settings;
    }

    /** @return sockets of one loop that are not upgraded: its share, rounded up. */
    int maxHandshakesPerLoop() {
        return (settings.maxHandshakes() + loopCount - 1) / loopCount;
    }

    /** @return whether the address is that of a proxy which may say for whom it has connected; no limit per address holds for it. */
    boolean isTrusted(InetAddress address) {
        return settings.trustedProxies().contains(address);
    }

    /**
     * Says whose request it is.
     *
     * @param peer who has connected.
     * @param head the request.
     * @return the client, or {@code peer} if it is no trusted proxy; null if it contradicts itself.
     */
    InetSocketAddress clientOf(InetSocketAddress peer, HttpRequestHead head) {
        return settings.trustedProxies().isEmpty() ? peer : ForwardedFor.client(peer, head.fields(), this::isTrusted);
    }

    /**
     * Counts a socket in.
     *
     * @param address whose socket it is.
     * @return false if that address has as many as it may; nothing was counted then.
     */
    boolean admit(InetAddress address) {
        int limit = settings.maxConnectionsPerAddress();
        return limit == 0 || isTrusted(address) || sockets.tryEnter(blockOf(address), limit);
    }

    /**
     * Counts a socket out that was counted in.
     *
     * @param address as admitted.
     */
    void withdraw(InetAddress address) {
        if (settings.maxConnectionsPerAddress() > 0 && !isTrusted(address)) {
            sockets.leave(blockOf(address));
        }
    }

    /**
     * @param address who wants to upgrade or to authenticate.
     * @param nowNs   the time.
     * @return 0 if it may try, otherwise in how many milliseconds it may.
     */
    long retryAfterMs(InetAddress address, long nowNs) {
        if (failures == null || isTrusted(address)) {
            return 0;
        }
        AddressBlock block = blockOf(address);
        return failures.waitMs(block.high(), block.low(), elapsedMs(nowNs));
    }

    /**
     * An upgrade was refused for what it asked, or a credential was wrong.
     *
     * @param address who asked.
     * @param nowNs   the time.
     */
    void onFailure(InetAddress address, long nowNs) {
        if (failures != null && !isTrusted(address)) {
            AddressBlock block = blockOf(address);
            failures.charge(block.high(), block.low(), elapsedMs(nowNs));
        }
    }

    private AddressBlock blockOf(InetAddress address) {
        return AddressBlock.of(address, settings.ipv6PrefixLength());
    }

    private long elapsedMs(long nowNs) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(nowNs - startNs));
    }
}
