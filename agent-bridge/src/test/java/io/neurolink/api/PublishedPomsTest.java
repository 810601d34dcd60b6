package io.neurolink.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The POMs say what Maven Central wants to know, and agree with one another. */
class PublishedPomsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path PARENT = ROOT.resolve("pom.xml");
    private static final Path BOM = ROOT.resolve("config/bom/pom.xml");
    private static final List<String> MODULES = List.of("protocol", "engine", "agent-bridge");

    private static String text(Path pom, String path) throws Exception {
        return xpath().evaluate(path, parse(pom)).strip();
    }

    private static Set<String> texts(Path pom, String path) throws Exception {
        NodeList nodes = (NodeList) xpath().evaluate(path, parse(pom), XPathConstants.NODESET);
        Set<String> all = new TreeSet<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            all.add(nodes.item(i).getTextContent().strip());
        }
        return all;
    }

    private static XPath xpath() {
        return XPathFactory.newInstance().newXPath();
    }

    private static Document parse(Path pom) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", "config/bom/pom.xml"})
    void shouldSayWhatMavenCentralWantsToKnow(String file) throws Exception {
        Path pom = ROOT.resolve(file);
        for (String path : List.of("groupId", "artifactId", "version", "name", "description", "url", "licenses/license/name",
                "licenses/license/url", "developers/developer/name", "scm/connection", "scm/url")) {
            assertFalse(text(pom, "/project/" + path).isEmpty(), file + " has no " + path);
        }
        assertEquals("Apache-2.0", text(pom, "/project/licenses/license/name"));
        boolean isRelease = !text(pom, "/project/version").endsWith("-SNAPSHOT");
        assertFalse(isRelease && Files.readString(pom).contains(".example"), file + " still has addresses that lead nowhere");
    }

    @ParameterizedTest
    @ValueSource(strings = {"protocol", "engine", "agent-bridge", "perf"})
    void shouldInheritTheRestFromTheParent(String module) throws Exception {
        Path pom = ROOT.resolve(module).resolve("pom.xml");
        assertEquals("neurolink-" + module, text(pom, "/project/artifactId"));
        assertEquals(text(PARENT, "/project/version"), text(pom, "/project/parent/version"));
        assertFalse(text(pom, "/project/name").isEmpty(), "name");
        assertFalse(text(pom, "/project/description").isEmpty(), "description");
        for (String inherited : List.of("groupId", "version", "url", "scm", "licenses", "developers")) {
            assertEquals("", text(pom, "/project/" + inherited), inherited + " is the parent's");
        }
        assertEquals(!MODULES.contains(module), text(pom, "/project/properties/maven.deploy.skip").equals("true"), "published");
    }

    @Test
    void shouldNotAppendToInheritedAddresses() throws Exception {
        for (String attribute : List.of("/project/@child.project.url.inherit.append.path",
                "/project/scm/@child.scm.connection.inherit.append.path", "/project/scm/@child.scm.url.inherit.append.path")) {
            assertEquals("false", text(PARENT, attribute), attribute);
        }
    }

    @Test
    void shouldListEveryPublishedModuleAndNothingElse() throws Exception {
        Set<String> published = new TreeSet<>();
        for (String module : MODULES) {
            published.add("neurolink-" + module);
        }
        assertEquals(published, texts(BOM, "/project/dependencyManagement//artifactId"));
        assertEquals(Set.of("io.neurolink"), texts(BOM, "/project/dependencyManagement//groupId"));
        assertEquals("", text(BOM, "/project/parent"), "a parent would bring the versions of other libraries");
        assertEquals(text(PARENT, "/project/version"), text(BOM, "/project/version"));
        for (String same : List.of("url", "licenses", "developers", "scm")) {
            assertEquals(text(PARENT, "/project/" + same), text(BOM, "/project/" + same), same);
        }
        assertTrue(texts(PARENT, "//modules/module").contains("config/bom"));
    }

    @Test
    void shouldPublishNoSnapshotOfOthers() throws Exception {
        Set<String> versions = texts(PARENT, "/project/properties/*");
        assertFalse(versions.stream().anyMatch(version -> version.endsWith("-SNAPSHOT")), versions::toString);
    }
}
