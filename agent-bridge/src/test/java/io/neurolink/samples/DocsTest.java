package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.neurolink.agent.envelope.EnvelopeReader;
import io.neurolink.agent.support.Documents;
import io.neurolink.agent.support.Documents.Block;
import io.neurolink.agent.support.Documents.Page;
import io.neurolink.agent.support.ProtocolSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Holds the blocks of every page to what is run. A new page is found by itself; a block in a language that nothing here knows must stand,
 * word for word, in a file that some test uses.
 */
class DocsTest {
    /** Languages, and who checks their blocks. The agent protocol's page replays conversations, the shell's commands have a test too. */
    private static final Set<String> CHECKED_ELSEWHERE = Set.of("conversation", "sh", "bash", "shell", "console", "js", "ts", "");

    /** Files that no test reads, in which a block may not hide. */
    private static final Set<String> NO_PROOF = Set.of(".md", ".class", ".jar", ".png", ".txt");

    private static List<Block> blocks() {
        return Documents.pages().stream().flatMap(page -> page.blocks().stream()).toList();
    }

    private static String samples() throws IOException {
        List<Path> files = new ArrayList<>(Documents.files(".java"));
        return files.stream().filter(DocsTest::isSample).map(file -> Documents.normalized(Documents.read(file)))
                .collect(Collectors.joining("\n\u0000\n"));
    }

    /** Samples of this module are compiled and run in every build, those of {@code docs} by {@code .ci/embedding}. */
    private static boolean isSample(Path file) {
        return file.toString().contains("/io/neurolink/samples/") || file.startsWith(Documents.ROOT.resolve("docs"));
    }

    @TestFactory
    List<DynamicTest> shouldFindEveryJavaBlockAmongTheSamples() throws IOException {
        String samples = samples();
        List<DynamicTest> tests = new ArrayList<>();
        for (Block block : blocks()) {
            if (block.language().equals("java")) {
                String code = Documents.normalized(block.text());
                tests.add(DynamicTest.dynamicTest(block.place() + ": " + code.lines().findFirst().orElse(""),
                        () -> assertTrue(samples.contains(code), () -> "not among the samples, word for word:\n" + code)));
            }
        }
        assertTrue(tests.size() >= 20, "the guide has samples");
        return tests;
    }

    @TestFactory
    List<DynamicTest> shouldFindBlocksOfOtherLanguagesInFiles() throws IOException {
        String files = Documents.files("").stream().filter(DocsTest::isProof).map(file -> Documents.normalized(Documents.read(file)))
                .collect(Collectors.joining("\n\u0000\n"));
        List<DynamicTest> tests = new ArrayList<>();
        for (Block block : blocks()) {
            if (!CHECKED_ELSEWHERE.contains(block.language()) && !Set.of("java", "json").contains(block.language())) {
                tests.add(DynamicTest.dynamicTest(block.place() + ": " + block.heading(), () -> assertTrue(
                        files.contains(Documents.normalized(block.text())), () -> "in no file that a test may use:\n" + block.text())));
            }
        }
        return tests;
    }

    private static boolean isProof(Path file) {
        boolean isUsed = Stream.of("docs", ".ci").map(Documents.ROOT::resolve).anyMatch(file::startsWith);
        return isUsed && NO_PROOF.stream().noneMatch(file.toString()::endsWith);
    }

    @TestFactory
    List<DynamicTest> shouldHaveJsonThatIsValid() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Block block : blocks()) {
            if (block.language().equals("json")) {
                tests.add(DynamicTest.dynamicTest(block.place(), () -> checkJson(block.text())));
            }
        }
        assertTrue(tests.size() >= 20, "the protocol's page has messages");
        return tests;
    }

    /** One value, or one on each line; what has a type of the protocol is a message of it. */
    private static void checkJson(String text) {
        if (text.strip().contains("}\n{")) {
            text.strip().lines().forEach(DocsTest::checkJson);
            return;
        }
        Object value = new EnvelopeReader(1 << 20, 32, 10_000).readValue(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        if (value instanceof Map<?, ?> message && message.get("type") instanceof String type) {
            List<ProtocolSchema> sides = Stream.of(ProtocolSchema.SERVER, ProtocolSchema.CLIENT)
                    .filter(side -> side.messages().containsKey(type)).toList();
            List<String> complaints = sides.stream().map(side -> side.violations(value)).toList();
            if (!sides.isEmpty() && complaints.stream().noneMatch(String::isEmpty)) {
                fail(String.join("\n", complaints));
            }
        }
    }

    @Test
    void shouldHaveAName() {
        for (Block block : blocks()) {
            if (block.language().isEmpty()) {
                assertTrue(block.text().lines().noneMatch(line -> line.matches("\\s*(\\$ )?(java|mvn|curl|docker|kubectl) .*")),
                        () -> block.place() + " shows a command: call the block sh or console");
            }
        }
    }

    @Test
    void shouldBeReachableFromTheReadme() {
        String readme = Documents.read(Documents.ROOT.resolve("README.md"));
        List<String> lost = new ArrayList<>();
        String others = Documents.pages().stream().map(Page::text).collect(Collectors.joining());
        for (Page page : Documents.pages()) {
            String name = page.path().getFileName().toString();
            boolean isPage = page.path().startsWith(Documents.ROOT.resolve("docs"));
            if (isPage && !readme.contains(page.name()) && !others.contains("/" + name + ")") && !others.contains("(" + name)) {
                lost.add(page.name());
            }
        }
        assertEquals(List.of(), lost, "no page leads there");
    }

    private static boolean hasOptionsOfTheServer(Path file) {
        return file.getFileName().toString().matches("AgentServer(?!Status)\\w*Options\\.java");
    }

    private static String optionsOfTheServer() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(Documents.ROOT.resolve("agent-bridge/src/main/java/io/neurolink/agent"))) {
            for (Path file : files.filter(DocsTest::hasOptionsOfTheServer).toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    @Test
    void shouldNameEveryOptionOfTheServerInTheGuide() throws IOException {
        String guide = Files.readString(Documents.ROOT.resolve("docs/guide.md"));
        Matcher options = Pattern.compile("names = \"(--[a-z-]+)\"").matcher(optionsOfTheServer());
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
        String page = Files.readString(Documents.ROOT.resolve("docs/operations/metrics.md"));
        Matcher options = Pattern.compile("names = \"(--[a-z-]+)\"").matcher(
                Files.readString(Documents.ROOT.resolve("agent-bridge/src/main/java/io/neurolink/agent/AgentServerStatusOptions.java")));
        List<String> missing = new ArrayList<>();
        while (options.find()) {
            if (!page.contains(options.group(1))) {
                missing.add(options.group(1));
            }
        }
        assertEquals(List.of(), missing);
    }
}
