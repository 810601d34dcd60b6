package io.neurolink.perf.attack;

import io.neurolink.perf.server.TargetProcess;
import io.neurolink.perf.server.TargetState;
import io.neurolink.perf.wire.Driver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;

/** Where one attack takes place: the server, the attacker's lines, and a list of what was found. */
final class Stage {
    /** So long that an attacker whom a busy machine keeps from running for some seconds is still in time. */
    static final long HANDSHAKE_TIMEOUT_MS = 6000;
    static final long CLOSE_TIMEOUT_MS = 5000;
    static final int MAX_BUFFERED_BYTES = 256 * 1024;
    static final int SYSTEM_SEND_BUFFER = 64 * 1024;

    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final TargetProcess target;
    private final Driver driver;
    private final TargetState before;
    private final SSLContext tls;
    private final boolean isShort;
    private final List<String> bounds = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();

    Stage(TargetProcess target, Driver driver, TargetState before, SSLContext tls, boolean isShort) {
        this.target = target;
        this.driver = driver;
        this.before = before;
        this.tls = tls;
        this.isShort = isShort;
    }

    TargetProcess target() {
        return target;
    }

    Driver driver() {
        return driver;
    }

    /** Trusts the server's certificate; null if it speaks plainly. */
    SSLContext tls() {
        return tls;
    }

    boolean isShort() {
        return isShort;
    }

    /** The first in the short form, the second in the full one. */
    int size(int inShort, int inFull) {
        return isShort ? inShort : inFull;
    }

    /** How much a counter has grown since the attack began, or a gauge. */
    long grown(String label) {
        return target.state().get(label) - before.get(label);
    }

    /** Notes that a bound has met the attack, with what its counters say. @param config its name in the configuration. */
    void met(String config, String... labels) {
        TargetState now = target.state();
        StringBuilder text = new StringBuilder(config);
        for (String label : labels) {
            text.append(' ').append(label).append(" +").append(now.get(label) - before.get(label));
        }
        bounds.add(text.toString());
    }

    /** Notes a fault unless a condition holds. */
    void expect(boolean condition, String fault) {
        if (!condition) {
            faults.add(fault);
        }
    }

    /** Waits until a condition holds; a fault if it does not after a long time. */
    void await(String what, BooleanSupplier condition) {
        if (!holdsWithin(PATIENCE_NS, condition)) {
            faults.add("waited in vain until " + what);
        }
    }

    /** Waits until a counter has grown by so much. */
    void awaitGrown(String label, long least) {
        if (!holdsWithin(PATIENCE_NS, () -> grown(label) >= least)) {
            faults.add(label + " grew by " + grown(label) + " only, not by " + least);
        }
    }

    /** Lets the attack go on for a time. */
    void last(long millis) {
        holdsWithin(TimeUnit.MILLISECONDS.toNanos(millis), () -> false);
    }

    private static boolean holdsWithin(long timeNs, BooleanSupplier condition) {
        long beginNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - beginNs > timeNs) {
                return false;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
        return true;
    }

    List<String> bounds() {
        return bounds;
    }

    List<String> faults() {
        return faults;
    }
}
