package io.neurolink.perf.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void shouldWriteWhatThereIs() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", "a \"quoted\" \\ line\n");
        map.put("numbers", Arrays.asList(1, 2.5, -3L, null, true));
        map.put("empty", List.of());
        map.put("inner", Map.of());

        assertEquals("""
                {
                  "text": "a \\"quoted\\" \\\\ line\\u000a",
                  "numbers": [
                    1,
                    2.5,
                    -3,
                    null,
                    true
                  ],
                  "empty": [],
                  "inner": {}
                }
                """, Json.of(map));
    }

    @Test
    void shouldAlignColumns() {
        Table table = new Table();
        table.row("a", "long cell", "c");
        table.row("longer", "b");

        assertEquals("a       long cell  c\nlonger  b\n", table.toString());
    }
}
