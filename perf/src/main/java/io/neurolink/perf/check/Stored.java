package io.neurolink.perf.check;

import io.neurolink.agent.envelope.EnvelopeException;
import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.perf.report.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The figures that were measured before, for each JDK they were measured with, as JSON:
 *
 * <pre>{@code
 * {"tolerance": 2.0, "jdk": {"17": {"Lane.offerAndDrain length=64 / copyOnly": {"ratio": 4.1, "allocatedBytes": 0.0}}}}
 * }</pre>
 *
 * An entry may have a {@code tolerance} of its own, which is kept when it is written anew.
 */
final class Stored {
    /** How many times worse than stored a ratio may be where nothing else is said. */
    static final double DEFAULT_TOLERANCE = 2;

    private static final String RESOURCE = "ratios.json";
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_DEPTH = 8;
    private static final int MAX_VALUES = 100_000;
    private static final double ROUNDING = 100_000;

    private final double tolerance;
    private final NavigableMap<Integer, Map<String, Entry>> byJdk;

    /**
     * One comparison as it was.
     *
     * @param ratio          time divided by the baseline's.
     * @param allocatedBytes bytes per operation.
     * @param tolerance      how many times worse the ratio may become; null for the same as all.
     */
    record Entry(double ratio, double allocatedBytes, Double tolerance) {
    }

    private Stored(double tolerance, NavigableMap<Integer, Map<String, Entry>> byJdk) {
        this.tolerance = tolerance;
        this.byJdk = byJdk;
    }

    /** Nothing. */
    static Stored empty() {
        return new Stored(DEFAULT_TOLERANCE, new TreeMap<>());
    }

    /** @return what comes with the program. */
    static Stored builtIn() throws IOException {
        try (InputStream in = Stored.class.getResourceAsStream(RESOURCE)) {
            return in == null ? empty() : parse(in.readAllBytes(), RESOURCE);
        }
    }

    /** @return what is in the file. */
    static Stored read(Path file) throws IOException {
        return parse(Files.readAllBytes(file), file.toString());
    }

    /** @param origin names the file in errors. */
    static Stored parse(byte[] json, String origin) throws IOException {
        try {
            Object value = new EnvelopeReader(MAX_BYTES, MAX_DEPTH, MAX_VALUES).readValue(ByteBuffer.wrap(json));
            NavigableMap<Integer, Map<String, Entry>> byJdk = new TreeMap<>();
            map(map(value).get("jdk")).forEach((jdk, entries) -> byJdk.put(Integer.valueOf(jdk), entries(map(entries))));
            return new Stored(number(map(value).get("tolerance")), byJdk);
        } catch (EnvelopeException | ClassCastException | NullPointerException | NumberFormatException e) {
            throw new IOException(origin + " holds no stored ratios: " + e.getMessage(), e);
        }
    }

    private static Map<String, Entry> entries(Map<String, Object> values) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            Map<String, Object> fields = map(value);
            Object own = fields.get("tolerance");
            entries.put(name, new Entry(number(fields.get("ratio")), number(fields.get("allocatedBytes")),
                    own == null ? null : number(own)));
        });
        return entries;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    private static double number(Object value) {
        return ((Number) value).doubleValue();
    }

    /** @return the version whose figures are for that JDK: its own, or the next before it; null if there is none. */
    Integer jdkFor(int jdk) {
        return byJdk.floorKey(jdk);
    }

    /** @return what is stored for that JDK, or null. */
    Entry find(int jdk, String name) {
        Integer version = jdkFor(jdk);
        return version == null ? null : byJdk.get(version).get(name);
    }

    /** @return how many times worse the ratio of that comparison may become. */
    double toleranceFor(Entry entry) {
        return entry == null || entry.tolerance() == null ? tolerance : entry.tolerance();
    }

    /** @return the same with new figures for that JDK; its other entries stay, as do tolerances. */
    Stored with(int jdk, Map<String, Figure> figures) {
        Map<String, Entry> entries = new LinkedHashMap<>(byJdk.getOrDefault(jdk, Map.of()));
        figures.forEach((name, figure) -> {
            Entry before = entries.get(name);
            entries.put(name, new Entry(rounded(figure.ratio()), rounded(Math.max(0, figure.allocatedBytes() - figure.overheadBytes())),
                    before == null ? null : before.tolerance()));
        });
        NavigableMap<Integer, Map<String, Entry>> all = new TreeMap<>(byJdk);
        all.put(jdk, entries);
        return new Stored(tolerance, all);
    }

    private static double rounded(double value) {
        return Math.round(value * ROUNDING) / ROUNDING;
    }

    /** @return the JSON. */
    String toJson() {
        Map<String, Object> jdks = new LinkedHashMap<>();
        byJdk.forEach((jdk, entries) -> {
            Map<String, Object> values = new LinkedHashMap<>();
            entries.forEach((name, entry) -> values.put(name, toMap(entry)));
            jdks.put(jdk.toString(), values);
        });
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("tolerance", tolerance);
        all.put("jdk", jdks);
        return Json.of(all);
    }

    private static Map<String, Object> toMap(Entry entry) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("ratio", entry.ratio());
        fields.put("allocatedBytes", entry.allocatedBytes());
        if (entry.tolerance() != null) {
            fields.put("tolerance", entry.tolerance());
        }
        return fields;
    }
}
