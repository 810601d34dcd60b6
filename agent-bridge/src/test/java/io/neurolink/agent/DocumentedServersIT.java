package io.neurolink.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.Documents;
import io.neurolink.agent.support.JarProcess;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs the server as the pages say, on a port of its own: it starts, answers, and ends at a signal. */
class DocumentedServersIT {
    private static final String KEY = "none-that-anybody-has";

    /** Where keys of models are looked for, and secrets by the pages' options. */
    private static final Map<String, String> ENVIRONMENT = Map.of("OPENAI_API_KEY", KEY, "ANTHROPIC_API_KEY", KEY, "ID_SECRET", KEY);

    @TestFactory
    Stream<DynamicTest> shouldDoWhatTheyDoOnThePage() {
        List<DynamicTest> tests = Documents.pages().stream().flatMap(page -> Documents.commands(page).stream()).map(Documents::words)
                .filter(DocumentedServersIT::isRunnable).map(words -> words.subList(3, words.size())).distinct()
                .map(options -> DynamicTest.dynamicTest("server " + String.join(" ", options), () -> run(options))).toList();
        assertTrue(tests.size() >= 5, "the pages show servers");
        return tests.stream();
    }

    /** Without a placeholder, and without files of the reader's. */
    private static boolean isRunnable(List<String> words) {
        return words.size() >= 3 && words.get(0).equals("java") && words.get(1).equals("-jar")
                && Path.of(words.get(2)).endsWith("neurolink-server.jar")
                && words.stream().skip(3).allMatch(word -> word.startsWith("--") || word.matches("[\\w.:/-]+"))
                && (words.size() == 3 || words.get(3).startsWith("--"))
                && words.stream().skip(3).noneMatch(word -> word.matches(".*\\.(json|pem|crt|key|jar|txt)"));
    }

    private static void run(List<String> options) throws Exception {
        if (options.contains("--help") || options.contains("--version")) {
            try (JarProcess process = JarProcess.run(ENVIRONMENT, options.toArray(String[]::new))) {
                assertEquals(0, process.status());
                assertEquals("", process.stderr());
            }
            return;
        }
        List<String> here = new ArrayList<>(options);
        int port = here.indexOf("--port");
        if (port >= 0) {
            here.subList(port, port + 2).clear();
        }
        here.addAll(List.of("--port", "0"));
        try (JarProcess server = JarProcess.start(ENVIRONMENT, here.toArray(String[]::new))) {
            URI health = URI.create(server.url().replaceFirst("^ws", "http") + "/api/health");
            // The page's NATS is most likely not here, which the server bears and says.
            boolean isAlone = !options.contains("--cluster");
            try (var in = health.toURL().openStream()) {
                String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(answer.matches("\\{\"status\":\"" + (isAlone ? "ok" : "(ok|degraded)") + "\"}"), answer);
            }
            server.signal("TERM");
            assertEquals(0, server.status());
            assertTrue(server.stderr().contains("neurolink-server: drained in "), server.stderr());
            assertTrue(!isAlone || server.complaints().isEmpty(), server.stderr());
        }
    }
}
