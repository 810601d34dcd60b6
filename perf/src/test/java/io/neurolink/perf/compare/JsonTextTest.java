package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.neurolink.perf.report.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
    @Test
    void shouldReadWhatIsWritten() {
        Cell cell = new Cell("engine", "e50", 1, 2, 3, JsonText.read("""
                {"ok":true,"firstError":null,"perSecond":158849.25,"messages":127079,
                 "latencyNs":{"p50":296000,"p999":3.69e6},"list":[1,"two \\"2\\"\\n",false]}
                """), null);

        assertEquals(158_849.25, Metric.PER_SECOND.of(cell));
        assertEquals(296_000, Metric.P50_NS.of(cell));
        assertEquals(3.69e6, Metric.P999_NS.of(cell));
        assertEquals(127_079, cell.number("messages"));
        assertEquals(true, cell.isOk());
        Map<String, Object> again = JsonText.read(Json.line(cell.toMap()));
        assertEquals("engine", again.get("server"));
        assertEquals(List.of("two \"2\"\n", false), ((List<?>) ((Map<?, ?>) again.get("result")).get("list")).subList(1, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[1]", "{\"a\":", "nothing like it"})
    void shouldRefuseWhatIsNoObject(String text) {
        assertThrows(IllegalArgumentException.class, () -> JsonText.read(text));
    }
}
