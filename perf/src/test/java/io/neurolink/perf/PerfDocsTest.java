package io.neurolink.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Holds the documents to the command line: the commands they show are understood, the options they name are there. */
class PerfDocsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** A command ends with its line, at the end of what is set as code, at a comment, or where the shell is to go on. */
    private static final Pattern COMMAND = Pattern.compile("java -jar perf/target/neurolink-perf\\.jar(.*?)(?=`|\\n| #| &)");
    private static final Pattern WORD = Pattern.compile("(?:\"[^\"]*\"|[^\\s\"])+");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");

    private static List<String> words(String command) {
        // What the shell puts in: a number.
        Matcher words = WORD.matcher(command.replace("$!", "1"));
        return words.results().map(MatchResult::group).map(word -> word.replace("\"", "")).toList();
    }

    private static void parse(String command) {
        try {
            ParseResult result = Perf.commandLine().parseArgs(words(command).toArray(String[]::new));
            assertTrue(result.hasSubcommand() || result.isUsageHelpRequested(), () -> "no subcommand: " + command);
        } catch (ParameterException e) {
            throw new AssertionError(command.strip() + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(docs.filter(path -> path.toString().endsWith(".md")).sorted(),
                    Stream.of(ROOT.resolve("README.md"), ROOT.resolve("perf/README.md"))).toList();
        }
    }

    @TestFactory
    List<DynamicTest> shouldUnderstandEveryCommandOfTheDocuments() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path document : documents()) {
            List<String> commands = COMMAND.matcher(Files.readString(document)).results().map(found -> found.group(1)).toList();
            commands.forEach(command ->
                    tests.add(DynamicTest.dynamicTest(ROOT.relativize(document) + ":" + command, () -> parse(command))));
        }
        assertTrue(tests.size() >= 30, () -> "commands found: " + tests.size());
        return tests;
    }

    @Test
    void shouldShowACommandForEverySubcommandThatMeasures() throws IOException {
        String performance = Files.readString(ROOT.resolve("docs/performance.md"));
        Set<String> shown = COMMAND.matcher(performance).results().map(found -> words(found.group(1)).get(0))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of("agent-runs", "compare", "connect", "fanout", "idle", "jmh", "jmh-check", "latency", "throughput"), shown);
    }

    @Test
    void shouldNameOptionsThatExist() throws IOException {
        Set<String> options = Perf.commandLine().getSubcommands().values().stream().map(CommandLine::getCommandSpec)
                .flatMap(spec -> spec.optionsMap().keySet().stream()).collect(Collectors.toSet());
        for (String document : List.of("docs/performance.md", "perf/README.md")) {
            Set<String> named = OPTION.matcher(Files.readString(ROOT.resolve(document))).results().map(MatchResult::group)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertFalse(named.isEmpty(), document);
            named.removeAll(options);
            assertEquals(Set.of(), named, document);
        }
    }
}
