package io.neurolink.engine.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.neurolink.engine.metrics.HistogramSnapshot;
import io.neurolink.engine.metrics.MetricFamily;
import io.neurolink.engine.metrics.MetricFamily.Kind;
import io.neurolink.engine.metrics.MetricFamily.Sample;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The meters of one registry. They all live on one look at the metrics, which is taken anew when a meter is asked and the last look is
 * older than {@link #INTERVAL_NS}: a scrape of a hundred meters costs one look. Any thread.
 */
final class Binding {
    /** How old a look may be, in nanoseconds. */
    static final long INTERVAL_NS = 100_000_000;

    private final MeterRegistry registry;
    private final Supplier<List<MetricFamily>> families;
    private final Tags commonTags;
    private final LongSupplier nanoTime;
    private final Set<Key> known = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Look> last = new AtomicReference<>();

    private record Key(String name, Map<String, String> tags) {
    }

    private record Look(long atNs, Map<Key, Sample> samples) {
    }

    Binding(MeterRegistry registry, Supplier<List<MetricFamily>> families, Tags commonTags, LongSupplier nanoTime) {
        this.registry = registry;
        this.families = families;
        this.commonTags = commonTags;
        this.nanoTime = nanoTime;
    }

    /** Looks, and registers what is seen for the first time. */
    Look look() {
        Map<Key, Sample> samples = new HashMap<>();
        List<MetricFamily> seen = families.get();
        seen.forEach(family -> family.samples().forEach(sample -> samples.put(new Key(family.name(), sample.tags()), sample)));
        Look look = new Look(nanoTime.getAsLong(), samples);
        last.set(look);
        for (MetricFamily family : seen) {
            for (Sample sample : family.samples()) {
                Key key = new Key(family.name(), sample.tags());
                if (known.add(key)) {
                    register(family, key);
                }
            }
        }
        return look;
    }

    /** @return null if it is there no more. */
    private Sample sample(Key key) {
        Look look = last.get();
        if (nanoTime.getAsLong() - look.atNs >= INTERVAL_NS) {
            look = look();
        }
        return look.samples.get(key);
    }

    private double value(Key key) {
        Sample sample = sample(key);
        return sample == null ? 0 : sample.value();
    }

    private HistogramSnapshot histogram(Key key) {
        Sample sample = sample(key);
        return sample == null ? HistogramSnapshot.EMPTY : sample.histogram();
    }

    private void register(MetricFamily family, Key key) {
        Tags tags = commonTags.and(key.tags.entrySet().stream().map(tag -> Tag.of(tag.getKey(), tag.getValue())).toList());
        String unit = family.unit().isEmpty() ? null : family.unit();
        if (family.kind() == Kind.HISTOGRAM) {
            registerHistogram(family, key, tags, unit);
        } else if (family.kind() == Kind.COUNTER) {
            // The registry holds the object weakly, but the function, and with it this binding, strongly.
            FunctionCounter.builder(family.name(), this, binding -> value(key)).tags(tags).baseUnit(unit)
                    .description(family.description()).register(registry);
        } else if (family.unit().equals("seconds")) {
            TimeGauge.builder(family.name(), () -> value(key), TimeUnit.SECONDS).tags(tags).description(family.description())
                    .register(registry);
        } else {
            Gauge.builder(family.name(), () -> value(key)).tags(tags).baseUnit(unit).description(family.description()).register(registry);
        }
    }

    private void registerHistogram(MetricFamily family, Key key, Tags tags, String unit) {
        double perUnit = family.countedPerUnit();
        String largest = family.name() + ".max";
        String largestSentence = "The largest since the start. " + family.description();
        if (family.unit().equals("seconds")) {
            FunctionTimer.builder(family.name(), this, binding -> histogram(key).count(), binding -> histogram(key).sum(),
                    TimeUnit.NANOSECONDS).tags(tags).description(family.description()).register(registry);
            TimeGauge.builder(largest, () -> histogram(key).max(), TimeUnit.NANOSECONDS).tags(tags).description(largestSentence)
                    .register(registry);
        } else {
            FunctionCounter.builder(family.name() + ".count", this, binding -> histogram(key).count()).tags(tags)
                    .description("How many there were. " + family.description()).register(registry);
            FunctionCounter.builder(family.name() + ".sum", this, binding -> histogram(key).sum() / perUnit).tags(tags).baseUnit(unit)
                    .description("All together. " + family.description()).register(registry);
            Gauge.builder(largest, () -> histogram(key).max() / perUnit).tags(tags).baseUnit(unit).description(largestSentence)
                    .register(registry);
        }
        for (long bound : family.bucketBounds()) {
            registerBucket(family, key, tags.and("le", BigDecimal.valueOf(bound / perUnit).toPlainString()), bound);
        }
        registerBucket(family, key, tags.and("le", "+Inf"), Long.MAX_VALUE);
    }

    private void registerBucket(MetricFamily family, Key key, Tags tags, long bound) {
        Gauge.builder(family.name() + ".histogram", () -> histogram(key).countUpTo(bound)).tags(tags)
                .description("How many were at most le. " + family.description()).register(registry);
    }
}
