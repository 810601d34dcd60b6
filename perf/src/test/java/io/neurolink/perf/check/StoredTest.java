package io.neurolink.perf.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredTest {
    private static final String JSON = """
            {"tolerance": 3, "jdk": {
              "17": {"a / b": {"ratio": 0.5, "allocatedBytes": 0}, "c / d": {"ratio": 2, "allocatedBytes": 16.5, "tolerance": 5}},
              "25": {"a / b": {"ratio": 0.25, "allocatedBytes": 0}}}}""";

    private static Stored parse(String json) throws IOException {
        return Stored.parse(json.getBytes(StandardCharsets.UTF_8), "here");
    }

    @Test
    void shouldFindWhatIsStoredForAJdk() throws IOException {
        Stored stored = parse(JSON);
        assertEquals(new Stored.Entry(0.5, 0, null), stored.find(17, "a / b"));
        assertEquals(new Stored.Entry(0.25, 0, null), stored.find(25, "a / b"));
        assertNull(stored.find(25, "c / d"));
    }

    @Test
    void shouldTakeTheNextJdkBeforeOneThatIsNotStored() throws IOException {
        Stored stored = parse(JSON);
        assertEquals(17, stored.jdkFor(24));
        assertEquals(25, stored.jdkFor(26));
        assertNull(stored.jdkFor(16));
        assertNull(stored.find(16, "a / b"));
    }

    @Test
    void shouldLetAnEntryHaveATolerance() throws IOException {
        Stored stored = parse(JSON);
        assertEquals(3, stored.toleranceFor(stored.find(17, "a / b")));
        assertEquals(5, stored.toleranceFor(stored.find(17, "c / d")));
        assertEquals(3, stored.toleranceFor(null));
        assertEquals(2, Stored.empty().toleranceFor(null));
    }

    @Test
    void shouldKeepOtherEntriesAndTolerancesWhenWrittenAnew() throws IOException {
        Stored written = parse(parse(JSON).with(17, Map.of(
                "c / d", new Figure(1, 1.234567, 9, 0.5), "e / f", new Figure(1, 7, 0.2, 0.5))).toJson());
        assertEquals(new Stored.Entry(0.5, 0, null), written.find(17, "a / b"));
        assertEquals(new Stored.Entry(1.23457, 8.5, 5.0), written.find(17, "c / d"));
        assertEquals(new Stored.Entry(7, 0, null), written.find(17, "e / f"));
        assertEquals(new Stored.Entry(0.25, 0, null), written.find(25, "a / b"));
        assertEquals(3, written.toleranceFor(null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"tolerance\": 2}", "{\"jdk\": {}}", "{\"tolerance\": 2, \"jdk\": {\"x\": {}}}",
        "{\"tolerance\": 2, \"jdk\": {\"17\": {\"a\": {\"ratio\": 1}}}}", "{\"tolerance\": 2, \"jdk\": {\"17\": {\"a\": 1}}}"})
    void shouldNameTheFileThatIsNone(String json) {
        IOException error = assertThrows(IOException.class, () -> parse(json));
        assertTrue(error.getMessage().startsWith("here holds no stored ratios: "), error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 25})
    void shouldComeWithFiguresForEveryComparison(int jdk) throws IOException {
        Stored builtIn = Stored.builtIn();
        assertEquals(jdk, builtIn.jdkFor(jdk));
        for (Comparison comparison : Comparisons.ALL) {
            assertNotNull(builtIn.find(jdk, comparison.name()), comparison::name);
        }
    }
}
