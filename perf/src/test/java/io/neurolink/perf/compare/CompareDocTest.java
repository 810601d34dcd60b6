package io.neurolink.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the documents to the servers and workloads of the comparison. */
class CompareDocTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static String read(String document) throws IOException {
        return Files.readString(ROOT.resolve(document));
    }

    /** What stands as code in the first column of the table under that head. */
    private static Set<String> firstColumn(String text, String head) {
        int begin = text.indexOf("| " + head + " |");
        String table = text.substring(begin, text.indexOf("\n\n", begin));
        return table.lines().skip(2).map(line -> line.split("\\|")[1])
                .flatMap(cell -> Arrays.stream(cell.split(","))).map(name -> name.strip().replace("`", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> workloads() {
        return Workloads.all(20_000, 10_000).stream().map(Workload::name).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldListEveryServerAndNoOther() throws IOException {
        assertEquals(new TreeSet<>(Contestants.NAMES), firstColumn(read("perf/README.md"), "server"));
    }

    @Test
    void shouldListEveryWorkloadAndNoOther() throws IOException {
        assertEquals(workloads(), firstColumn(read("perf/README.md"), "workload"));
    }

    @Test
    void shouldNameWorkloadsThatExist() throws IOException {
        List<String> named = Pattern.compile("`((?:e|p|fan|tls)\\d+[km]?\\d*)`").matcher(read("docs/performance.md")).results()
                .map(found -> found.group(1)).distinct().toList();
        assertFalse(named.isEmpty());
        assertEquals(List.of(), named.stream().filter(name -> !workloads().contains(name)).toList());
    }

    @Test
    void shouldHaveABaselineOfTheShortComparisonForTheBuild() throws IOException {
        assertEquals(Set.copyOf(Workloads.QUICK), JsonText.read(read(".ci/perf-baseline.json")).keySet());
    }
}
