package io.neurolink.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server's jar contains of others is named in its notice. */
class NoticesIT {
    /** Packages by prefix, and the name in NOTICE of whose they are. */
    private static final Map<String, String> OWNERS = Map.ofEntries(
            Map.entry("org/agrona/", "Agrona"), Map.entry("org/jctools/", "JCTools"), Map.entry("picocli/", "picocli"),
            Map.entry("com/dslplatform/", "DSL-JSON"), Map.entry("dsl_json/", "DSL-JSON"), Map.entry("dev/langchain4j/", "LangChain4j"),
            Map.entry("com/fasterxml/jackson/", "Jackson"), Map.entry("com/nimbusds/", "Nimbus JOSE + JWT"),
            Map.entry("io/nats/", "NATS Java client"), Map.entry("org/jspecify/", "JSpecify"), Map.entry("org/slf4j/", "SLF4J"));

    private static JarFile jar;

    @BeforeAll
    static void open() throws IOException {
        jar = new JarFile(System.getProperty("neurolink.jar"));
    }

    @AfterAll
    static void close() throws IOException {
        jar.close();
    }

    private static String text(String entry) throws IOException {
        return new String(jar.getInputStream(jar.getEntry(entry)).readAllBytes(), StandardCharsets.UTF_8);
    }

    private static List<String> names() {
        return jar.stream().map(java.util.zip.ZipEntry::getName).toList();
    }

    @Test
    void shouldNameEveryLibraryInTheNotice() throws IOException {
        String notice = text("META-INF/NOTICE");
        Set<String> unknown = names().stream().filter(name -> name.endsWith(".class"))
                .map(name -> name.replaceFirst("^META-INF/versions/\\d+/", ""))
                .filter(name -> !name.startsWith("io/neurolink/") && OWNERS.keySet().stream().noneMatch(name::startsWith))
                .map(name -> name.substring(0, name.lastIndexOf('/') + 1)).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), unknown, "packages of a library that NOTICE and this table do not have");
        assertEquals(List.of(), OWNERS.values().stream().filter(Predicate.not(notice::contains)).toList(), "not in NOTICE");
    }

    @Test
    void shouldHaveNoOwnerWithoutClasses() {
        List<String> names = names();
        assertEquals(List.of(), OWNERS.keySet().stream()
                .filter(prefix -> names.stream().noneMatch(name -> name.startsWith(prefix))).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"META-INF/LICENSE", "META-INF/FastDoubleParser-LICENSE", "META-INF/Schubfach-LICENSE",
        "io/neurolink/agent/web/vendor/marked.LICENSE.txt", "io/neurolink/agent/web/vendor/dompurify.LICENSE.txt"})
    void shouldCarryTheLicences(String name) throws IOException {
        assertTrue(text(name).length() > 900, name);
    }

    @Test
    void shouldHaveOneLicenceAndNoticeOfItsOwn() throws IOException {
        assertTrue(text("META-INF/LICENSE").contains("Apache License"));
        assertTrue(text("META-INF/NOTICE").startsWith("NeuroLink WebSocket for Java"));
        assertEquals(1, names().stream().filter("META-INF/LICENSE"::equals).count());
        assertEquals(1, names().stream().filter("META-INF/NOTICE"::equals).count());
    }
}
