package io.neurolink.samples;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.neurolink.agent.support.Documents;
import io.neurolink.agent.support.Documents.Page;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every link and picture of every page leads to a file that is there, and to a heading of it; those that lead away are well-formed. */
class DocsLinksTest {
    private static final List<Pattern> LINKS = List.of(
            Pattern.compile("]\\(([^)\\s]+)(?: \"[^\"]*\")?\\)"),
            Pattern.compile("^\\[[^]]+]: (\\S+)", Pattern.MULTILINE),
            Pattern.compile("<(https?://[^>\\s]+)>"),
            Pattern.compile("(?:src|href)=\"([^\"]+)\""));

    private static List<String> links(Page page) {
        String prose = page.prose().replaceAll("(?m)^ {4}.*$", "").replaceAll("`[^`\\n]*`", "");
        return LINKS.stream().flatMap(pattern -> pattern.matcher(prose).results()).map((MatchResult found) -> found.group(1)).toList();
    }

    @TestFactory
    Stream<DynamicTest> shouldLeadSomewhere() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Page page : Documents.pages()) {
            for (String link : links(page)) {
                tests.add(DynamicTest.dynamicTest(page.name() + ": " + link, () -> check(page, link)));
            }
        }
        assertTrue(tests.size() > 150, () -> "links found: " + tests.size());
        return tests.stream();
    }

    private static void check(Page page, String link) {
        if (link.matches("[a-z]+:.*")) {
            URI uri = URI.create(link);
            assertTrue(List.of("http", "https", "mailto").contains(uri.getScheme()), "scheme");
            assertTrue(uri.getScheme().equals("mailto") || uri.getHost() != null, "no host");
            return;
        }
        String path = link.contains("#") ? link.substring(0, link.indexOf('#')) : link;
        Path target = path.isEmpty() ? page.path() : page.path().resolveSibling(path).normalize();
        assertTrue(Files.exists(target), () -> "no such file: " + target);
        assertTrue(target.startsWith(Documents.ROOT), "leaves the repository");
        if (link.contains("#")) {
            String anchor = link.substring(link.indexOf('#') + 1);
            assertNotNull(target.getFileName());
            Page there = new Page(target, Documents.read(target));
            assertTrue(there.anchors().contains(anchor), () -> "no heading #" + anchor + " in " + target + ", but " + there.anchors());
        }
    }
}
