package io.neurolink.engine.status;

import java.lang.System.Logger.Level;
import java.util.TimeZone;
import org.agrona.ErrorHandler;

/**
 * Treats errors as data: counts each, remembers each kind once, and logs the first of a kind to {@link System.Logger}. Any thread; does
 * not throw.
 */
public final class CountedErrorHandler implements ErrorHandler {

    private static final System.Logger LOGGER = System.getLogger("io.neurolink.engine");

    static {
        // The first line of a log reads the time zones from a file. If that fails for lack of descriptors, which may be what is to be
        // logged, the JDK has no time zones for the rest of the process.
        TimeZone.getDefault();
    }

    private final CounterSet counters;
    private final EngineCounter counter;
    private final DistinctErrorLog log;
    private final System.Logger logger;

    /** Creates a handler that logs as {@code io.neurolink.engine}. */
    public CountedErrorHandler(CounterSet counters, EngineCounter counter, DistinctErrorLog log) {
        this(counters, counter, log, LOGGER);
    }

    /**
     * Creates a handler.
     *
     * @param counters where to count; a set that the reporting threads may write.
     * @param counter  what to count, for instance {@link EngineCounter#LOOP_ERRORS}.
     * @param log      remembers.
     * @param logger   is told the first of a kind.
     */
    public CountedErrorHandler(CounterSet counters, EngineCounter counter, DistinctErrorLog log, System.Logger logger) {
        this.counters = counters;
        this.counter = counter;
        this.log = log;
        this.logger = logger;
    }

    @Override
    public void onError(Throwable error) {
        counters.increment(counter);
        if (log.record(error)) {
            logFirst(error);
        }
    }

    private void logFirst(Throwable error) {
        try {
            logger.log(Level.WARNING, counter.label() + ": first of its kind, later ones are only counted", error);
        } catch (Throwable failure) {
            // Also errors: a logger that finds no descriptor may fail to initialize its classes, and whoever reports must go on.
            log.record(failure);
        }
    }
}
