package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the documents to the code: their Java blocks are samples that are compiled and run, their links lead somewhere. */
class DocsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Pattern JAVA_BLOCK = Pattern.compile("^```java\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

    private static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            List<Path> all = new ArrayList<>(docs.filter(path -> path.toString().endsWith(".md")).sorted().toList());
            all.add(ROOT.resolve("README.md"));
            return all;
        }
    }

    /** Lines without indentation and without empty ones, so that a sample may stand in a method and its block at the margin. */
    private static String normalized(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
    }

    private static String samples() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("agent-bridge/src/test/java/io/neurolink/samples"))) {
            StringBuilder all = new StringBuilder();
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).sorted().toList()) {
                all.append(normalized(Files.readString(file))).append("\n\u0000\n");
            }
            return all.toString();
        }
    }

    @TestFactory
    List<DynamicTest> shouldFindEveryJavaBlockAmongTheSamples() throws IOException {
        String samples = samples();
        List<DynamicTest> tests = new ArrayList<>();
        for (Path document : documents()) {
            Matcher blocks = JAVA_BLOCK.matcher(Files.readString(document));
            while (blocks.find()) {
                String block = normalized(blocks.group(1));
                tests.add(DynamicTest.dynamicTest(ROOT.relativize(document) + ": " + block.lines().findFirst().orElse(""),
                        () -> assertTrue(samples.contains(block), () -> "not among the samples, word for word:\n" + block)));
            }
        }
        assertTrue(tests.size() >= 20, "the guide has samples");
        return tests;
    }

    @TestFactory
    List<DynamicTest> shouldHaveLinksThatLeadSomewhere() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path document : documents()) {
            Matcher links = LINK.matcher(Files.readString(document));
            while (links.find()) {
                String target = links.group(1);
                if (!target.contains("://")) {
                    tests.add(DynamicTest.dynamicTest(ROOT.relativize(document) + ": " + target,
                            () -> assertTrue(Files.exists(document.resolveSibling(target)), () -> "no such file: " + target)));
                }
            }
        }
        return tests;
    }

    @Test
    void shouldNameEveryOptionOfTheServerInTheGuide() throws IOException {
        String guide = Files.readString(ROOT.resolve("docs/guide.md"));
        Path launcher = ROOT.resolve("agent-bridge/src/main/java/io/neurolink/agent");
        Matcher options = Pattern.compile("names = \"(--[a-z-]+)\"").matcher(Files.readString(launcher.resolve("AgentServerOptions.java"))
                + Files.readString(launcher.resolve("AgentServerSightOptions.java")));
        List<String> missing = new ArrayList<>();
        while (options.find()) {
            if (!guide.contains("`" + options.group(1))) {
                missing.add(options.group(1));
            }
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void shouldNameEveryOptionOfTheStatusInThePageOfMetrics() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/operations/metrics.md"));
        Matcher options = Pattern.compile("names = \"(--[a-z-]+)\"").matcher(
                Files.readString(ROOT.resolve("agent-bridge/src/main/java/io/neurolink/agent/AgentServerStatusOptions.java")));
        List<String> missing = new ArrayList<>();
        while (options.find()) {
            if (!page.contains(options.group(1))) {
                missing.add(options.group(1));
            }
        }
        assertEquals(List.of(), missing);
    }
}
