package io.neurolink.engine.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessMetricsTest {
    @Test
    void shouldTellWhatTheProcessTakes() {
        Map<String, Double> values = new HashMap<>();
        List<MetricFamily> families = ProcessMetrics.families();
        families.forEach(family -> values.put(family.prometheusName(),
                family.samples().stream().mapToDouble(MetricFamily.Sample::value).sum()));
        assertEquals(families.size(), values.size());
        assertTrue(values.get("process_cpu_seconds_total") > 0, values::toString);
        assertTrue(values.get("process_start_time_seconds") < System.currentTimeMillis() / 1e3, values::toString);
        assertTrue(values.get("jvm_memory_used_bytes") > 100_000, values::toString);
        assertTrue(values.get("jvm_threads_current") >= 1, values::toString);
        assertTrue(values.containsKey("jvm_gc_collections_total") && values.containsKey("jvm_gc_time_seconds_total"), values::toString);
        if (System.getProperty("os.name").equals("Linux")) {
            assertTrue(values.get("process_resident_memory_bytes") > 1_000_000, values::toString);
            assertTrue(values.get("process_open_fds") >= 3 && values.get("process_open_fds") <= values.get("process_max_fds"),
                    values::toString);
        }
    }
}
