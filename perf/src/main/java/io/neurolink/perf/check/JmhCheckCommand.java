package io.neurolink.perf.check;

import io.neurolink.perf.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures chosen micro-benchmarks beside their baselines and compares the ratios with the stored ones. */
@Command(name = "jmh-check", sortOptions = false, mixinStandardHelpOptions = true,
        description = "Measures chosen micro-benchmarks beside their baselines and compares the ratios with stored ones. Ends with 1 only "
                + "if a ratio has collapsed or something allocates that did not.")
public final class JmhCheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--only", arity = "1..*", paramLabel = "PART", description = "Comparisons only whose name contains one of these.")
    private List<String> only = List.of();

    @Option(names = "--list", description = "Name the comparisons, measure none.")
    private boolean isList;

    @Option(names = "--stored", paramLabel = "FILE", description = "Compare with these ratios instead of the built-in ones.")
    private Path storedFile;

    @Option(names = "--write", paramLabel = "FILE",
            description = "Write the ratios there instead of judging them; those of other JDKs in --stored or built in are kept.")
    private Path writeFile;

    @Option(names = "--forks", paramLabel = "N", defaultValue = "1", description = "JVMs per benchmark. Default: ${DEFAULT-VALUE}.")
    private int forks;

    @Option(names = "--warmups", paramLabel = "N", defaultValue = "3",
            description = "Iterations that do not count. Default: ${DEFAULT-VALUE}.")
    private int warmups;

    @Option(names = "--iterations", paramLabel = "N", defaultValue = "3",
            description = "Iterations per JVM that count. Default: ${DEFAULT-VALUE}.")
    private int iterations;

    @Option(names = "--time", paramLabel = "MS", defaultValue = "150",
            description = "Milliseconds of an iteration. Default: ${DEFAULT-VALUE}.")
    private int iterationMs;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<Comparison> chosen = chosen();
        if (isList) {
            chosen.forEach(comparison -> out.println(comparison.name()));
            return 0;
        }
        Measurement measurement = new Measurement(positive("--forks", forks), positive("--warmups", warmups),
                positive("--iterations", iterations), positive("--time", iterationMs));
        Stored stored = stored();
        int jdk = Runtime.version().feature();
        Map<String, Figure> figures = measure(measurement, chosen);
        if (writeFile == null) {
            measureSuspectsAgain(measurement, chosen, figures, stored, jdk);
        } else {
            Files.writeString(writeFile, stored.with(jdk, figures).toJson());
        }
        return report(out, figures, stored, jdk);
    }

    private List<Comparison> chosen() {
        List<Comparison> chosen = Comparisons.ALL.stream()
                .filter(comparison -> only.isEmpty() || only.stream().anyMatch(comparison.name()::contains)).toList();
        if (chosen.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--only: no comparison has " + String.join(" or ", only) + " in its name");
        }
        return chosen;
    }

    private int positive(String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " must be at least 1, not " + value);
        }
        return value;
    }

    private Stored stored() throws IOException {
        return storedFile == null ? Stored.builtIn() : Stored.read(storedFile);
    }

    private static Map<String, Figure> measure(Measurement measurement, List<Comparison> comparisons) throws RunnerException {
        Map<Comparison.Group, List<Comparison>> groups = comparisons.stream()
                .collect(Collectors.groupingBy(Comparison::group, LinkedHashMap::new, Collectors.toList()));
        Map<String, Figure> figures = new LinkedHashMap<>();
        for (Map.Entry<Comparison.Group, List<Comparison>> group : groups.entrySet()) {
            figures.putAll(measurement.figures(group.getKey(), group.getValue()));
        }
        return figures;
    }

    /** Other work on the machine makes one measurement bad now and then, what is slow makes each of them bad. */
    private static void measureSuspectsAgain(Measurement measurement, List<Comparison> chosen, Map<String, Figure> figures, Stored stored,
            int jdk) throws RunnerException {
        List<Comparison> suspects = chosen.stream()
                .filter(comparison -> verdict(figures, comparison.name(), stored, jdk).isFailure()).toList();
        measure(measurement.thorough(), suspects).forEach((name, figure) -> figures.merge(name, figure, Figure::better));
    }

    private static Verdict verdict(Map<String, Figure> figures, String name, Stored stored, int jdk) {
        Stored.Entry entry = stored.find(jdk, name);
        return Verdict.of(figures.get(name), entry, stored.toleranceFor(entry));
    }

    private int report(PrintWriter out, Map<String, Figure> figures, Stored stored, int jdk) {
        Table table = new Table();
        table.row("benchmark / baseline", "ns/op", "ratio", "stored", "B/op", "stored", "verdict");
        int failures = 0;
        for (String name : figures.keySet()) {
            Verdict verdict = verdict(figures, name, stored, jdk);
            table.row(row(name, figures.get(name), stored.find(jdk, name), verdict));
            failures += verdict.isFailure() ? 1 : 0;
        }
        out.print(table);
        out.printf("%n%d comparisons on JDK %d beside those stored for %s: %s%n", figures.size(), jdk, stored.jdkFor(jdk),
                writeFile != null ? "written to " + writeFile : failures == 0 ? "no collapse" : failures + " bad");
        out.flush();
        return failures == 0 || writeFile != null ? 0 : 1;
    }

    private static String[] row(String name, Figure now, Stored.Entry before, Verdict verdict) {
        return new String[] {name, text(now.timeNs(), 1), text(now.ratio(), 3), before == null ? "-" : text(before.ratio(), 3),
            text(now.allocatedBytes(), 1), before == null ? "-" : text(before.allocatedBytes(), 1), verdict.toString()};
    }

    private static String text(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
