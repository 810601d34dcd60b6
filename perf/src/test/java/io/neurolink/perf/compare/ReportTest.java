package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class ReportTest {
    private static final List<Contestant> SERVERS = List.of(Samples.server("engine"), Samples.server("netty"), Samples.server("jetty"),
            Samples.server("<odd & \"name\">"), Samples.server("nio-floor"));
    private static final List<String> BASES = List.of("netty", "nio-floor");

    private final Results results = new Results();
    private final Plan plan = Samples.plan(SERVERS, 2, 1, "e50", "rate", "tls50", "idle");

    private void fill() {
        for (int round = 1; round <= 2; round++) {
            for (Workload workload : plan.workloads().subList(0, 3)) {
                results.add(Samples.cell("engine", workload.name(), round, 2000 + round, 0));
                results.add(Samples.cell("netty", workload.name(), round, 1000, 0));
                results.add(Samples.failed("jetty", workload.name(), round, "answered <wrong> & late"));
                results.add(Samples.cell("nio-floor", workload.name(), round, 2100, 0));
            }
            for (String server : List.of("engine", "netty")) {
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("ok", true);
                result.put("perConnection", Map.of("rssOpen", 3000, "rssTouched", 4096, "heapOpen", 500, "heapTouched", 600));
                results.add(new Cell(server, "idle", round, 1, 1, result, null));
            }
        }
        results.add(Samples.failed("netty", "rate", 3, "only once"));
    }

    private String page() {
        return new HtmlReport(results, plan, BASES, Map.of("processor", "A & B <C>", "command", "java -jar x --servers \"a\""),
                List.of("without c-floor: there is no gcc here")).page();
    }

    private static Document parsed(String page) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void shouldBeWellFormedAndHaveEveryServerAndPlot() throws Exception {
        fill();

        String page = page();
        Document document = parsed(page);

        String text = document.getDocumentElement().getTextContent();
        SERVERS.forEach(server -> assertTrue(text.contains(server.name()), server.name()));
        assertTrue(text.contains("answered <wrong> & late"));
        assertTrue(text.contains("netty failed in a round that does not count here: only once"));
        assertTrue(text.contains("without c-floor"));
        assertTrue(text.contains("2.00"), "the ratio to netty");
        // At a glance 2; three workloads with throughput, processor time and latency; memory of two sorts.
        assertEquals(2 + 3 * 3 + 2, document.getElementsByTagName("svg").getLength());
        assertEquals(3 * 3, document.getElementsByTagName("polyline").getLength());
        assertFalse(page.contains("http:") || page.contains("https:") || page.contains("<script"), "nothing from elsewhere");
        assertFalse(page.contains("NaN"));
        assertFalse(page.contains("/some/where"), "paths of the machine");
    }

    @Test
    void shouldBeWellFormedWithoutAnyResult() throws Exception {
        assertEquals(0, parsed(page()).getElementsByTagName("polyline").getLength());
    }

    @Test
    void shouldPrintRatiosAndFailures() {
        fill();

        String text = new ConsoleReport(results, plan, BASES).toString();

        assertTrue(text.lines().anyMatch(line -> line.matches("engine +2,002 +2\\.00 \\(2\\.00\\.\\.2\\.00\\) +0\\.95 .*")), text);
        assertTrue(text.lines().anyMatch(line -> line.matches("jetty +FAILED: answered <wrong> & late")), text);
        assertTrue(text.lines().anyMatch(line -> line.matches("engine +2\\.93 KiB +4\\.00 KiB +1\\.00 .*")), text);
    }

    @Test
    void shouldWriteRawCellsAndPercentiles(@TempDir Path folder) throws Exception {
        fill();
        try (CellLog log = new CellLog(folder.resolve("cells.jsonl"))) {
            results.cells().forEach(log::add);
        }
        HgrmFiles.write(results, plan, folder.resolve("hgrm"));

        List<String> lines = Files.readAllLines(folder.resolve("cells.jsonl"));
        assertEquals(results.cells().size(), lines.size());
        assertEquals("engine", JsonText.read(lines.get(0)).get("server"));
        assertTrue(Files.readString(folder.resolve("hgrm/e50-engine.hgrm")).contains("#[Mean"));
        assertFalse(Files.exists(folder.resolve("hgrm/e50-jetty.hgrm")));
    }

    @Test
    void shouldWriteNumbersForPeople() {
        assertEquals(List.of("123,457", "12.3", "1.23", "-"), List.of(Numbers.plain(123_456.7), Numbers.plain(12.34), Numbers.plain(1.234),
                Numbers.plain(Double.NaN)));
        assertEquals(List.of("124k", "1.24M", "9,994"), List.of(Numbers.brief(123_600), Numbers.brief(1_240_000), Numbers.brief(9994)));
        assertEquals(List.of("417 ns", "6.26 µs", "3.69 ms", "2.00 s"), List.of(Numbers.time(417), Numbers.time(6260), Numbers.time(3.69e6),
                Numbers.time(2e9)));
    }
}
