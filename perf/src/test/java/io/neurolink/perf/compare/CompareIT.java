package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar compares: whether all is there that should be, never how fast it was. */
@Timeout(300)
class CompareIT {
    private static final String JAR = System.getProperty("neurolink.jar");

    private static List<String> compare(int status, String... args) throws Exception {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR, "compare"));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL") || name.equals("JDK_JAVA_OPTIONS"));
        Process compare = builder.start();
        try {
            List<String> lines = compare.inputReader().lines().toList();
            assertTrue(compare.waitFor(120, TimeUnit.SECONDS));
            assertEquals(List.of(), compare.errorReader().lines().toList());
            assertEquals(status, compare.exitValue(), () -> String.join("\n", lines));
            return lines;
        } finally {
            compare.destroyForcibly();
        }
    }

    @Test
    void shouldCompareTheEngineWithAFloor(@TempDir Path folder) throws Exception {
        Path out = folder.resolve("out");
        Path baseline = folder.resolve("baseline.json");

        List<String> lines = compare(0, "--servers", "engine,nio-floor", "--workloads", "e1", "--rounds", "1", "--duration", "4s",
                "--warm-up", "100ms", "--first-warm-up", "200ms", "--retries", "0", "--heap", "96m", "--out", out.toString(),
                "--write-baseline", baseline.toString());

        assertTrue(lines.get(0).startsWith("2 cells"), lines.get(0));
        assertEquals(2, lines.stream().filter(line -> line.matches(" *[12]/2 +round 1 +e1 .*")).count(), lines::toString);
        List<String> cells = Files.readAllLines(out.resolve("cells.jsonl"));
        assertEquals(2, cells.size());
        for (String cell : cells) {
            Map<?, ?> result = (Map<?, ?>) JsonText.read(cell).get("result");
            assertEquals(true, result.get("ok"), cell);
            assertTrue(((Number) result.get("messages")).longValue() > 0, cell);
        }
        byte[] page = Files.readAllBytes(out.resolve("report.html"));
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(page));
        assertTrue(Files.exists(out.resolve("hgrm/e1-engine.hgrm")) && Files.exists(out.resolve("hgrm/e1-nio-floor.hgrm")));
        assertEquals("nio-floor", ((Map<?, ?>) JsonText.read(Files.readString(baseline)).get("e1")).get("base"));
        assertEquals(List.of(), leftBehind(out));
    }

    /** Processes that still know the folder of the run. */
    private static List<String> leftBehind(Path out) {
        return ProcessHandle.current().descendants().map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.contains(out.toString())).toList();
    }

    @Test
    void shouldSayThatAServerFailedAndGoOn(@TempDir Path folder) throws Exception {
        List<String> lines = compare(0, "--servers", "nio-floor", "--server", "broken=false", "--workloads", "e1", "--rounds", "1",
                "--duration", "200ms", "--warm-up", "100ms", "--first-warm-up", "200ms", "--heap", "96m",
                "--out", folder.resolve("out").toString());

        assertTrue(lines.stream().anyMatch(line -> line.matches("broken +FAILED: ended at once")), lines::toString);
        assertTrue(Files.readString(folder.resolve("out/report.html")).contains("ended at once"));
    }
}
