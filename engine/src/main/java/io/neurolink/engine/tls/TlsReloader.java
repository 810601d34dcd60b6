package io.neurolink.engine.tls;

import io.neurolink.engine.status.CounterSet;
import io.neurolink.engine.status.EngineCounter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.agrona.ErrorHandler;

/**
 * Keeps the context that new connections get, and makes a new one when the files have changed. Connections that are there keep theirs.
 * Any thread may ask for the context; the files are read by one cold thread at a time.
 */
public final class TlsReloader implements Supplier<SSLContext>, AutoCloseable {
    private final TlsFiles files;
    private final CounterSet counters;
    private final ErrorHandler errors;
    private final AtomicReference<TlsFiles.Loaded> loaded;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    /** What could not be used, so that it is complained about once; the checking thread only. */
    private TlsFiles.Loaded refused;
    private String refusal;

    /**
     * Reads the files.
     *
     * @param files    which.
     * @param counters shared by all threads.
     * @param errors   is told of changed files that cannot be used, and counts them.
     * @throws IOException if a file cannot be used; the message names it.
     */
    public TlsReloader(TlsFiles files, CounterSet counters, ErrorHandler errors) throws IOException {
        this.files = files;
        this.counters = counters;
        this.errors = errors;
        this.loaded = new AtomicReference<>(files.load(files.read()));
    }

    /** @return the context for a connection that begins now. */
    @Override
    public SSLContext get() {
        return loaded.get().context();
    }

    /**
     * Looks at the files again and again until this is closed.
     *
     * @param interval time between two looks.
     * @param cold     reads them.
     */
    public void start(Duration interval, Executor cold) {
        CompletableFuture.delayedExecutor(interval.toNanos(), TimeUnit.NANOSECONDS, Runnable::run).execute(() -> look(interval, cold));
    }

    /** On the JDK's timer thread, which only passes it on. */
    private void look(Duration interval, Executor cold) {
        if (isClosed.get()) {
            return;
        }
        try {
            cold.execute(() -> {
                try {
                    check();
                } finally {
                    start(interval, cold);
                }
            });
        } catch (RejectedExecutionException tooMuchWaits) {
            start(interval, cold);
        }
    }

    /** Looks at the files once. One thread at a time. */
    void check() {
        List<PemFile> read = List.of();
        try {
            read = files.read();
            if (loaded.get().isSame(read)) {
                refused = null;
                refusal = null;
            } else if (refused == null || !refused.isSame(read)) {
                loaded.set(files.load(read));
                refused = null;
                refusal = null;
                counters.increment(EngineCounter.TLS_RELOADS);
            }
        } catch (IOException | RuntimeException e) {
            refuse(read, e);
        }
    }

    /** A file that is missing for many looks is one failure, not many. */
    private void refuse(List<PemFile> read, Exception problem) {
        String text = String.valueOf(problem.getMessage());
        boolean isKnown = read.isEmpty() && text.equals(refusal);
        refused = new TlsFiles.Loaded(null, read.stream().map(PemFile::content).toList());
        refusal = text;
        if (!isKnown) {
            errors.onError(problem);
        }
    }

    /** Ends looking at the files. */
    @Override
    public void close() {
        isClosed.set(true);
    }
}
