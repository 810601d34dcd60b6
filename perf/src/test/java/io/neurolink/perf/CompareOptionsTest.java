package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompareOptionsTest {
    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int compare(String... args) {
        List<String> all = new ArrayList<>(List.of("compare", "--out", folder.resolve("out").toString()));
        all.addAll(List.of(args));
        return Perf.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--servers engine,apache | --servers: there is no server 'apache', but engine, engine-spin, netty,",
        "--workloads e50,e51 | --workloads: there is no workload 'e51', but e1, e50,",
        "--rounds 0 | --rounds must be at least 1, not 0",
        "--launches 0 | --launches must be at least 1, not 0",
        "--retries -1 | --retries must be at least 0, not -1",
        "--duration 5h | Invalid value for option '--duration': must be a time as",
        "--heap much | --heap must be a size as 512m or 1g, not 'much'",
        "--jdk /nowhere | --jdk: there is no bin/java in /nowhere",
        "--tolerance 1.5 | --tolerance must be from 0 to less than 1, not 1.5",
        "--servers nio-floor --server old | --server must be as NAME=COMMAND, not 'old'",
        "--servers nio-floor --server netty=x | --server: 'netty' is the name of another server"})
    void shouldComplainInOneLineAboutABadOption(String line, String complaint) {
        assertEquals(2, compare(line.split(" ")));
        assertEquals("", out.toString());
        assertTrue(err.toString().startsWith("neurolink-perf compare: " + complaint), err.toString());
        assertEquals(1, err.toString().lines().count());
    }

    @Test
    void shouldComplainOfABaselineThatIsNone() throws Exception {
        Path file = Files.writeString(folder.resolve("baseline.json"), "nothing");

        assertEquals(2, compare("--check", file.toString()));
        assertTrue(err.toString().startsWith("neurolink-perf compare: --check: no JSON object: nothing"), err.toString());
    }
}
