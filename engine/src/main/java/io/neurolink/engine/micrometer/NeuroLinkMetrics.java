package io.neurolink.engine.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.metrics.MetricFamily;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Binds the metrics of a server to a registry of Micrometer:
 *
 * <pre>{@code new NeuroLinkMetrics(server).bindTo(registry);}</pre>
 *
 * Counters become function counters and gauges become gauges of the same name; what comes later, as the threads of a server that is not
 * started yet, joins by itself. Micrometer takes no distribution that somebody else has sorted into buckets, so a histogram {@code x}
 * becomes a function timer {@code x} with its count and its total (function counters {@code x.count} and {@code x.sum} where it is not
 * one of times), a gauge {@code x.max} for the largest value since the start, and gauges {@code x.histogram} with the tag {@code le}, as
 * Micrometer itself makes them for registries without histograms: how many values were at most that, in the base unit. Nothing is done
 * until the registry asks, and then the server is looked at once for all. Any thread.
 */
@SuppressWarnings("exports") // if Micrometer were required transitively, nobody's module could be compiled without it
public final class NeuroLinkMetrics implements MeterBinder {
    private final Supplier<List<MetricFamily>> families;
    private final Tags tags;
    private final LongSupplier nanoTime;

    /**
     * Binds all that a server measures.
     *
     * @param server the server, started or not.
     * @param tags   further tags for every meter, for instance which server it is where there are several.
     */
    public NeuroLinkMetrics(NeuroLinkServer server, Tag... tags) {
        this(() -> server.metrics().families(), Tags.of(tags));
        Objects.requireNonNull(server, "server");
    }

    /**
     * Binds any metrics.
     *
     * @param families answers them as they are now; called by threads of the registry.
     * @param tags     further tags for every meter.
     */
    public NeuroLinkMetrics(Supplier<List<MetricFamily>> families, Iterable<Tag> tags) {
        this(families, tags, System::nanoTime);
    }

    NeuroLinkMetrics(Supplier<List<MetricFamily>> families, Iterable<Tag> tags, LongSupplier nanoTime) {
        this.families = Objects.requireNonNull(families, "families");
        this.tags = Tags.of(tags);
        this.nanoTime = nanoTime;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        new Binding(registry, families, tags, nanoTime).look();
    }
}
