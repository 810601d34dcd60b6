package io.neurolink.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.AgentHandler;
import io.neurolink.engine.NeuroLinkServer;
import io.neurolink.protocol.FrameDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The public API of each module stands in its {@code api.txt}. Whoever changes it changes that file, so that nobody does it unawares:
 * {@code mvn -q -pl agent-bridge -am test -Dtest=PublicApiTest -Dapi.renew=true}.
 */
class PublicApiTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final boolean IS_RENEWED = Boolean.getBoolean("api.renew");

    /** What is published, and a class of it. */
    enum Module {
        PROTOCOL(FrameDecoder.class), ENGINE(NeuroLinkServer.class), AGENT_BRIDGE(AgentHandler.class);

        private final Class<?> member;

        Module(Class<?> member) {
            this.member = member;
        }

        Path folder() {
            return ROOT.resolve(name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
        }

        /** Hands over where the classes lie: a folder of the build, or a jar. */
        <T> T read(Function<Path, T> reader) throws Exception {
            URI location = member.getProtectionDomain().getCodeSource().getLocation().toURI();
            if (Files.isDirectory(Path.of(location))) {
                return reader.apply(Path.of(location));
            }
            try (FileSystem jar = FileSystems.newFileSystem(Path.of(location))) {
                return reader.apply(jar.getPath("/"));
            }
        }
    }

    private static List<String> classNames(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .map(file -> file.substring(0, file.length() - 6).replace('/', '.')).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String packageOf(String className) {
        return className.substring(0, className.lastIndexOf('.'));
    }

    /** What the module exports to everybody, or every package where nothing says so. */
    private static Set<String> packages(Path root) {
        Path descriptor = root.resolve("module-info.class");
        if (!Files.exists(descriptor)) {
            return classNames(root).stream().map(PublicApiTest::packageOf).collect(Collectors.toCollection(TreeSet::new));
        }
        try (InputStream in = Files.newInputStream(descriptor)) {
            return ModuleDescriptor.read(in).exports().stream().filter(Predicate.not(ModuleDescriptor.Exports::isQualified))
                    .map(ModuleDescriptor.Exports::source).collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublicApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> api(Path root) {
        Set<String> packages = packages(root);
        List<String> lines = new ArrayList<>();
        for (String name : classNames(root)) {
            if (packages.contains(packageOf(name)) && ApiSignature.isApi(load(name))) {
                lines.addAll(ApiSignature.of(load(name)));
            }
        }
        return lines;
    }

    /** Each line with its type's before it, so that a line that moved to another type is another line. */
    private static Set<String> qualified(List<String> lines) {
        Set<String> all = new LinkedHashSet<>();
        String type = "";
        for (String line : lines) {
            type = line.startsWith(" ") ? type : line;
            all.add(line.startsWith(" ") ? type.replaceAll(".* (io\\.neurolink\\.[\\w.$]+).*", "$1") + ": " + line.strip() : line);
        }
        return all;
    }

    private static String minus(Set<String> some, Set<String> others, String mark) {
        return some.stream().filter(Predicate.not(others::contains)).map(line -> mark + line + "\n").collect(Collectors.joining());
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeWhatIsWrittenDown(Module module) throws Exception {
        Path file = module.folder().resolve("api.txt");
        List<String> now = module.read(PublicApiTest::api);
        if (IS_RENEWED) {
            Files.write(file, now);
        }
        Set<String> before = qualified(Files.readAllLines(file));
        assertEquals("", minus(before, qualified(now), "- ") + minus(qualified(now), before, "+ "), () -> "The public API of "
                + module.folder().getFileName() + " changed. What is gone (-) breaks users; a new method (+) that they must implement does,"
                + " too. If it was meant, say so in docs/CHANGELOG.md and renew " + file.getFileName()
                + ": mvn -q -pl agent-bridge -am test -Dtest=PublicApiTest -Dapi.renew=true");
    }

    @Test
    void shouldHaveItsJavadocCheckedByTheCompiler() throws Exception {
        Matcher packages = Pattern.compile("<doclint\\.packages>(.*?)</doclint\\.packages>")
                .matcher(Files.readString(Module.ENGINE.folder().resolve("pom.xml")));
        assertTrue(packages.find());
        assertEquals(Module.ENGINE.read(PublicApiTest::packages), new TreeSet<>(Arrays.asList(packages.group(1).split(","))),
                "what engine exports, and doclint.packages of its POM");
    }
}
