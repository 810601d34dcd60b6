package io.neurolink.engine.loop;

import io.neurolink.engine.duty.Headcount;
import io.neurolink.engine.duty.RateCells;
import java.net.InetAddress;
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

    /**
     * Counts a socket in.
     *
     * @param address whose socket it is.
     * @return false if that address has as many as it may; nothing was counted then.
     */
    boolean admit(InetAddress address) {
        int limit = settings.maxConnectionsPerAddress();
        return limit == 0 || sockets.tryEnter(blockOf(address), limit);
    }

    /**
     * Counts a socket out that was counted in.
     *
     * @param address as admitted.
     */
    void withdraw(InetAddress address) {
        if (settings.maxConnectionsPerAddress() > 0) {
            sockets.leave(blockOf(address));
        }
    }

    /**
     * @param address who wants to upgrade or to authenticate.
     * @param nowNs   the time.
     * @return 0 if it may try, otherwise in how many milliseconds it may.
     */
    long retryAfterMs(InetAddress address, long nowNs) {
        if (failures == null) {
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
        if (failures != null) {
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
