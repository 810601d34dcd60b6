package io.neurolink.engine;

import io.neurolink.engine.loop.EventLoop;
import io.neurolink.engine.status.CountedErrorHandler;
import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.DistinctErrorLog;
import io.neurolink.engine.status.EngineCounter;
import io.neurolink.engine.tls.TlsReloader;
import io.neurolink.engine.transport.SelectorPoller;
import io.neurolink.engine.transport.TlsLoop;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.agrona.ErrorHandler;

/** The TLS of a running server: makes the engines of its connections, and follows its files. */
final class TlsService implements AutoCloseable {
    private final TlsConfig config;
    private final TlsReloader reloader;
    private final Supplier<SSLEngine> engines;

    /** @throws IOException if a file cannot be used, or the context makes no engines; the message says which and why. */
    TlsService(TlsConfig config, CounterSet sharedCounters, DistinctErrorLog log) throws IOException {
        this.config = config;
        if (config.files() == null) {
            reloader = null;
            engines = () -> config.newEngine(config.context());
        } else {
            ErrorHandler errors = new CountedErrorHandler(sharedCounters, EngineCounter.TLS_RELOAD_FAILURES, log);
            reloader = new TlsReloader(config.files(), sharedCounters, errors);
            Supplier<SSLContext> present = reloader;
            engines = () -> config.newEngine(present.get());
        }
        try {
            engines.get();
        } catch (RuntimeException e) {
            throw new IOException("TLS cannot be used: " + e.getMessage(), e);
        }
    }

    /** Makes the loops' connections TLS connections. Before they accept. */
    void serve(List<EventLoop> loops, List<SelectorPoller> pollers, Executor cold) {
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = loops.get(i);
            pollers.get(i).tls(new TlsLoop(engines, loop.counters(), cold, loop.proxy()::executeUrgently));
        }
        if (reloader != null) {
            reloader.start(config.reloadInterval(), cold);
        }
    }

    @Override
    public void close() {
        if (reloader != null) {
            reloader.close();
        }
    }
}
