package io.neurolink.perf.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.agent.session.AgentHandlerConfig;
import io.neurolink.agent.spi.Agent;
import io.neurolink.engine.AuthConfig;
import io.neurolink.engine.CompressionConfig;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.engine.WebSocketConfig;
import io.neurolink.engine.spi.WebSocketConnection;
import io.neurolink.engine.spi.WebSocketHandler;
import io.neurolink.engine.status.EngineCounter;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/security.md to the code: every option, counter, test and attack it names is there, with the default it tells. */
class SecurityDocTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");

    /** Words of the guide that name no option. */
    private static final Set<String> OTHER_METHODS = methods(WebSocketConnection.class, WebSocketHandler.class);

    private static String document() throws IOException {
        return Files.readString(ROOT.resolve("docs/security.md"));
    }

    private static List<String> codes(String pattern) throws IOException {
        return CODE.matcher(document()).results().map(match -> match.group(1)).filter(code -> code.matches(pattern)).distinct().toList();
    }

    private static Set<String> methods(Class<?>... types) {
        Set<String> names = new HashSet<>();
        for (Class<?> type : types) {
            Arrays.stream(type.getMethods()).map(Method::getName).forEach(names::add);
        }
        return names;
    }

    @Test
    void shouldNameTestsThatExist() throws IOException {
        Set<String> classes = new HashSet<>();
        for (String module : List.of("protocol", "engine", "agent-bridge", "perf")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".java"))
                        .forEach(name -> classes.add(name.substring(0, name.length() - ".java".length())));
            }
        }
        List<String> named = codes("[A-Z]\\w+(Test|Run|IT)");
        assertTrue(named.size() > 30, named::toString);
        assertEquals(List.of(), named.stream().filter(name -> !classes.contains(name)).toList());
    }

    @Test
    void shouldNameCountersThatExist() throws IOException {
        Set<String> labels = Arrays.stream(EngineCounter.values()).map(EngineCounter::label).collect(Collectors.toSet());
        try (AgentHandler handler = AgentHandler.create(Agent.of("any", (request, sink) -> { }))) {
            labels.addAll(handler.counters().keySet());
        }
        List<String> named = codes("[a-z_]+(\\.[a-z0-9_]+)+");
        assertTrue(named.size() > 30, named::toString);
        assertEquals(List.of(), named.stream().filter(name -> !labels.contains(name)).toList());
    }

    @Test
    void shouldNameOptionsThatExist() throws IOException {
        Set<String> options = methods(WebSocketConfig.class, WebSocketConfig.Builder.class, NeuroLinkServer.Builder.class,
                AuthConfig.class, AuthConfig.Builder.class, CompressionConfig.class, AgentHandlerConfig.Builder.class);
        options.addAll(OTHER_METHODS);
        List<String> named = codes("[a-z]+([A-Z0-9][a-z]*)+");
        assertTrue(named.size() > 20, named::toString);
        assertEquals(List.of(), named.stream().filter(name -> !options.contains(name)).toList());
    }

    @Test
    void shouldTellTheDefaultsOfConnections() throws ReflectiveOperationException, IOException {
        List<MatchResult> rows = Pattern.compile("^\\| `(\\w+)` \\| (\\d+) ", Pattern.MULTILINE).matcher(document()).results().toList();
        int compared = 0;
        for (MatchResult row : rows) {
            if (methods(WebSocketConfig.class).contains(row.group(1))) {
                Object value = WebSocketConfig.class.getMethod(row.group(1)).invoke(WebSocketConfig.defaults());
                if (value instanceof Integer number) {
                    assertEquals(Integer.parseInt(row.group(2)), number, row.group(1));
                    compared++;
                }
            }
        }
        assertTrue(compared >= 6, () -> "rows: " + rows.size());
    }

    @Test
    void shouldListEveryAttackAndNoOther() throws IOException {
        String section = document().substring(document().indexOf("## The attack suite"), document().indexOf("## Known attacks"));
        Set<String> listed = Pattern.compile("^\\| `([a-z-]+)` ", Pattern.MULTILINE).matcher(section).results()
                .map(match -> match.group(1)).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(Attacks.ALL.stream().map(Attack::name).toList()), listed);
    }
}
