package io.neurolink.perf.soak;

import io.neurolink.perf.server.TargetProcess;
import io.neurolink.perf.wire.Bytes;
import io.neurolink.perf.wire.Driver;
import io.neurolink.perf.wire.Line;
import io.neurolink.perf.wire.Peer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** All the peers, invited at steady rates. */
final class Traffic implements AutoCloseable {
    private static final int SOURCES = 50;
    private static final int READERS = 15;
    private static final int NEWS_LENGTH = 16 * 1024;
    private static final int STEADY_MESSAGES = 100;
    private static final long STEADY_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long NEWS_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long BROADCAST_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long LEAVE_NS = TimeUnit.SECONDS.toNanos(45);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Log log = new Log();
    private final Driver plain;
    private final Driver tls;
    private final TlsVisitors visitors;
    private final Troublemakers troublemakers = new Troublemakers();
    private final List<Arrivals> arrivals = new ArrayList<>();
    private volatile boolean isStopping;

    /** So many a second, each invited by a call. */
    private static final class Arrivals {
        private final double perSecond;
        private final Runnable invite;
        private double due;

        Arrivals(double perSecond, Runnable invite) {
            this.perSecond = perSecond;
            this.invite = invite;
        }

        void step(double seconds) {
            for (due += perSecond * seconds; due >= 1; due--) {
                invite.run();
            }
        }
    }

    /** @param load multiplies the rates. */
    Traffic(TargetProcess plainTarget, TargetProcess tlsTarget, SSLContext trust, double load) throws IOException {
        plain = new Driver(plainTarget.address());
        tls = new Driver(tlsTarget.address());
        BooleanSupplier stopping = () -> isStopping;
        visitors = new TlsVisitors(log, tlsTarget.address(), trust, stopping);
        for (String path : List.of("/topic", "/broadcast")) {
            plain.open(READERS, SOURCES, () -> new News.Reader(log, stopping, path));
        }
        plain.open(1, 1, () -> new News.Writer(log, stopping, "/topic", NEWS_INTERVAL_NS, NEWS_LENGTH));
        plain.open(1, 1, () -> new News.Writer(log, stopping, "/broadcast", BROADCAST_INTERVAL_NS, 200));
        arrive(3 * load, () -> new Steady(log, stopping, STEADY_INTERVAL_NS, STEADY_MESSAGES));
        arrive(10 * load, () -> Steady.visitor(log, stopping));
        arrive(load, () -> new Squeezer(log, stopping));
        arrive(0.25 * load, () -> new News.Sleeper(log, stopping, "/topic"));
        arrive(10 * load, () -> troublemakers.next(log));
        arrivals.add(new Arrivals(3 * load, visitors::invite));
        arrivals.add(new Arrivals(2 * load, () -> tls.open(1, 1, () -> new Stranger(log))));
    }

    private void arrive(double perSecond, Supplier<Peer> peers) {
        arrivals.add(new Arrivals(perSecond, () -> plain.open(1, SOURCES, peers)));
    }

    /** Speaks no TLS. */
    private static final class Stranger implements Peer {
        private final Log log;

        Stranger(Log log) {
            this.log = log;
        }

        @Override
        public void onConnected(Line line) {
            log.count("tls garbage");
            line.send(Bytes.random(200));
            line.wakeAfter(TimeUnit.SECONDS.toNanos(2));
        }

        @Override
        public void onWake(Line line) {
            line.reset();
        }
    }

    /** Invites whoever is due after so many seconds. */
    void step(double seconds) {
        arrivals.forEach(each -> each.step(seconds));
    }

    /** Lets all that behave leave in order, and cuts who is still there after a while. */
    void stop() {
        isStopping = true;
        long beginNs = System.nanoTime();
        while ((plain.open() + plain.waiting() > 0 || visitors.present() > 0) && System.nanoTime() - beginNs < LEAVE_NS) {
            LockSupport.parkNanos(PAUSE_NS);
        }
        if (visitors.present() > 0) {
            log.fault(visitors.present() + " visitors over TLS did not get away");
        }
        plain.resetAll();
        tls.resetAll();
    }

    Log log() {
        return log;
    }

    long open() {
        return plain.open() + tls.open() + visitors.present();
    }

    List<Throwable> failures() {
        List<Throwable> all = new ArrayList<>(plain.failures());
        all.addAll(tls.failures());
        return all;
    }

    @Override
    public void close() {
        plain.close();
        tls.close();
    }
}
