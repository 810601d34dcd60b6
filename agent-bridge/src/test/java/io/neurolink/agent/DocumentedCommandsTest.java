package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.Documents.Page;
import io.neurolink.agent.support.Documents;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Holds every command that a page shows to the programs: the server understands it, Maven, npm and bash find what it names. */
class DocumentedCommandsTest {
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z0-9]*(?:-[a-z0-9]+)*");
    private static final Pattern DECLARED = Pattern.compile("\"(--[a-z][a-z0-9-]*)[\"=]");
    private static final String SERVER_JAR = "neurolink-server.jar";

    /** Options that pages name and that are others': the JDK's, Node's, Debian's. */
    private static final Set<String> OPTIONS_OF_OTHERS = Set.of("--add-opens", "--add-modules", "--module-path");

    @TestFactory
    Stream<DynamicTest> shouldShowCommandsThatWork() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Page page : Documents.pages()) {
            for (String command : Documents.commands(page)) {
                List<String> words = Documents.words(command);
                String program = words.isEmpty() ? "" : words.get(0);
                if (Set.of("java", "mvn", "npm", "node", "bash").contains(program) && command.contains(" ")) {
                    tests.add(DynamicTest.dynamicTest(page.name() + ": " + command, () -> check(page, words)));
                }
            }
        }
        assertTrue(tests.size() > 40, () -> "commands found: " + tests.size());
        return tests.stream();
    }

    private static void check(Page page, List<String> words) throws Exception {
        switch (words.get(0)) {
            case "java" -> checkJava(words);
            case "mvn" -> checkMaven(words);
            case "npm" -> checkNpm(words);
            case "node" -> assertExists(page, words, "agent-bridge/src/test/js");
            default -> assertExists(page, words, "");
        }
    }

    /** Of the perf jar's commands {@code PerfDocsTest} takes care. */
    private static void checkJava(List<String> words) throws Exception {
        int program = Math.max(words.indexOf("-jar"), words.indexOf("-cp")) + 1;
        assertTrue(program > 0, "neither -jar nor -cp");
        if (words.get(program).endsWith(SERVER_JAR) && words.get(program - 1).equals("-jar")) {
            parse(words.subList(program + 1, words.size()));
        }
        String own = "io.neurolink.agent.AgentServer";
        if (words.contains(own)) {
            parse(words.subList(words.indexOf(own) + 1, words.size()));
        }
    }

    private static void parse(List<String> arguments) throws Exception {
        String[] real = arguments.stream().takeWhile(word -> !word.equals("|"))
                .filter(word -> !word.equals("…") && !word.equals("[options]")).toArray(String[]::new);
        if (AgentServerHash.isCommand(real)) {
            assertEquals(0, AgentServerHash.run(new ByteArrayInputStream("correct horse\n".getBytes(StandardCharsets.UTF_8)),
                    new PrintStream(OutputStream.nullOutputStream()), System.err, real));
            return;
        }
        if (real.length > 0 && real[0].equals(AgentServerStatusCommand.NAME)) {
            var options = new AgentServerStatusOptions();
            new CommandLine(options).parseArgs(Arrays.copyOfRange(real, 1, real.length));
            options.check();
            return;
        }
        try {
            new AgentServerCommandLine(Map.of()).parse(real);
        } catch (BadOptionException e) {
            // The reader's files are not here.
            assertTrue(e.getMessage().matches(".*(cannot be read|cannot read|no such file).*"), e.getMessage());
        }
    }

    private static void checkMaven(List<String> words) {
        String poms = Documents.files("pom.xml").stream().map(Documents::read).collect(Collectors.joining());
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            if (word.startsWith("-P")) {
                assertTrue(poms.contains("<id>" + word.substring(2) + "</id>"), "no profile " + word);
            } else if (word.equals("-pl")) {
                Arrays.stream(words.get(i + 1).split(",")).forEach(module ->
                        assertTrue(Files.exists(Documents.ROOT.resolve(module).resolve("pom.xml")), "no module " + module));
            } else if (word.equals("-f")) {
                assertTrue(Files.exists(Documents.ROOT.resolve(words.get(i + 1))), "no " + words.get(i + 1));
            } else if (word.startsWith("-Dtest=") || word.startsWith("-Dit.test=")) {
                String[] tests = word.substring(word.indexOf('=') + 1).split("[,#]");
                assertTrue(!Documents.files(tests[0] + ".java").isEmpty(), "no test " + tests[0]);
            }
        }
    }

    private static void checkNpm(List<String> words) {
        String scripts = Documents.files("package.json").stream().map(Documents::read).collect(Collectors.joining());
        String script = words.get(1).equals("run") ? words.get(2) : words.get(1);
        if (words.get(1).equals("run") || script.equals("test")) {
            assertTrue(scripts.contains("\"" + script + "\": \""), "no script " + script);
        } else if (words.get(1).equals("pack") && words.get(2).contains("/")) {
            assertTrue(Files.exists(Documents.ROOT.resolve(words.get(2)).resolve("package.json")), "no package " + words.get(2));
        }
    }

    private static void assertExists(Page page, List<String> words, String folder) {
        Path fromRoot = Documents.ROOT.resolve(folder).resolve(words.get(1));
        assertTrue(Files.exists(fromRoot) || Files.exists(page.path().resolveSibling(words.get(1))), "no file " + words.get(1));
    }

    /** A file of settings is what has the port among its keys. */
    @TestFactory
    Stream<DynamicTest> shouldShowSettingsThatWork(@TempDir Path folder) {
        return Documents.pages().stream().flatMap(page -> page.blocks().stream())
                .filter(block -> block.language().equals("json") && block.text().contains("\"port\":"))
                .map(block -> DynamicTest.dynamicTest(block.place(), () -> {
                    Path file = Files.writeString(folder.resolve("settings.json"), block.text());
                    new AgentServerCommandLine(Map.of()).parse("--config", file.toString());
                }));
    }

    @Test
    void shouldNameOptionsThatExist() {
        Set<String> known = Documents.files(".java").stream().filter(file -> file.toString().contains("/src/main/")).map(Documents::read)
                .flatMap(source -> DECLARED.matcher(source).results().map(found -> found.group(1))).collect(Collectors.toSet());
        known.addAll(OPTIONS_OF_OTHERS);
        Set<String> unknown = new TreeSet<>();
        for (Page page : Documents.pages()) {
            page.spans().stream().filter(span -> span.startsWith("--"))
                    .flatMap(span -> OPTION.matcher(span.split(" ")[0]).results().map(MatchResult::group))
                    .filter(option -> !known.contains(option)).forEach(option -> unknown.add(page.name() + ": " + option));
        }
        assertEquals(Set.of(), unknown);
    }

    @Test
    void shouldSplitLinesAsAShellDoes() {
        Page page = new Page(Documents.ROOT.resolve("x.md"), "```sh\nKEY=… java -jar a.jar --b 'c | d'   # why\nnpm ci && npm test\n```\n"
                + "```console\n$ mvn \\\n    verify\n[INFO] fine\n```\n\n    bash .ci/run &\n\nSay `node x.mjs`.\n");
        assertEquals(List.of("java -jar a.jar --b 'c | d'", "npm ci", "npm test", "mvn verify", "bash .ci/run", "node x.mjs"),
                Documents.commands(page));
        assertEquals(List.of("java", "-jar", "a.jar", "--b", "c | d"), Documents.words(Documents.commands(page).get(0)));
        assertFalse(Documents.pages().isEmpty());
    }
}
