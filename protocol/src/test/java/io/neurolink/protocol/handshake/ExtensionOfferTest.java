package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExtensionOfferTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "a                                         | a",
        " a ,\tb                                   | a, b",
        ",,a,,b,,                                  | a, b",
        "a;p                                       | a; p",
        "a ; p = 1 ; q                             | a; p=1; q",
        "a;p=\"1\"                                 | a; p=1",
        "a; p = \"x\\y\\z\"                        | a; p=xyz",
        "a;p;p=1;p=2                               | a; p; p=1; p=2",
        "a;p=1,a                                   | a; p=1, a",
        "permessage-deflate; client_max_window_bits, permessage-deflate | permessage-deflate; client_max_window_bits, permessage-deflate",
        "constructor; __proto__=toString           | constructor; __proto__=toString",
    })
    void shouldReadTheGrammar(String line, String expected) {
        assertEquals(expected, ExtensionOffer.format(ExtensionOffer.parse(line)));
    }

    @Test
    void shouldReadEveryTokenCharacter() {
        final String token = "!#$%&'*+-.^_`|~09azAZ";
        final List<ExtensionOffer> extensions = ExtensionOffer.parse(token + ";" + token + "=" + token + ";x=\"" + token + "\"");
        assertEquals(token + "; " + token + "=" + token + "; x=" + token, ExtensionOffer.format(extensions));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", ",,", ";", "=", "\"", "a;", "a;;", "a; ;b", "a;p=", "a;p=;", "a;=1", "a=1", "a b", "a;p q",
        "a;p=1 2", "a;p=1;",
        "a,;", "a;p=\"", "a;p=\"1", "a;p=\"\"", "a;p=\"1\"2", "a;p=\"1 2\"", "a;p=\"1,2\"", "a;p=\"\\\"\"", "a;p=\"\\", "a;p=\"1\\",
            "\"a\"", "a/b",
        "a;p=(", "é", "a;é", "a;p=é", "a\u00001", "a;p=1/2", "a:b"})
    void shouldRefuseWhatIsNotTheGrammar(String line) {
        assertNull(ExtensionOffer.tryParse(List.of(line)));
        assertNull(ExtensionOffer.tryParse(List.of("good", line)));
        assertThrows(IllegalArgumentException.class, () -> ExtensionOffer.parse(line));
    }

    @Test
    void shouldReadNoLinesAsNoExtensions() {
        assertEquals(List.of(), ExtensionOffer.tryParse(List.of()));
    }

    @Test
    void shouldLimitExtensionsOverAllLines() {
        final String most = String.join(",", Collections.nCopies(ExtensionOffer.MAX_EXTENSIONS, "a"));
        assertEquals(ExtensionOffer.MAX_EXTENSIONS, ExtensionOffer.tryParse(List.of(most)).size());
        assertNull(ExtensionOffer.tryParse(List.of(most + ",a")));
        assertNull(ExtensionOffer.tryParse(List.of(most, "a")));
    }

    @Test
    void shouldLimitParameters() {
        final String most = "a" + ";p".repeat(ExtensionOffer.MAX_PARAMETERS);
        assertEquals(ExtensionOffer.MAX_PARAMETERS, ExtensionOffer.parse(most).get(0).parameters().size());
        assertNull(ExtensionOffer.tryParse(List.of(most + ";p")));
        final ExtensionOffer.Parameter parameter = new ExtensionOffer.Parameter("p", null);
        final List<ExtensionOffer.Parameter> many = Collections.nCopies(ExtensionOffer.MAX_PARAMETERS + 1, parameter);
        assertThrows(IllegalArgumentException.class, () -> new ExtensionOffer("a", many));
    }

    @Test
    void shouldFindParameters() {
        final ExtensionOffer extension = ExtensionOffer.parse("x; a; b=1; b=2").get(0);
        assertTrue(extension.hasParameter("a"));
        assertNull(extension.parameter("a"));
        assertEquals("1", extension.parameter("b"));
        assertFalse(extension.hasParameter("B"));
        assertFalse(extension.hasParameter("constructor"));
        assertNull(extension.parameter("c"));
    }

    @Test
    void shouldNotBeBuiltFromWhatCouldNotBeWritten() {
        assertThrows(IllegalArgumentException.class, () -> new ExtensionOffer("a b", List.of()));
        assertThrows(IllegalArgumentException.class, () -> new ExtensionOffer("", List.of()));
        assertThrows(IllegalArgumentException.class, () -> new ExtensionOffer.Parameter("a\r\nb", null));
        assertThrows(IllegalArgumentException.class, () -> new ExtensionOffer.Parameter("a", ""));
        assertThrows(IllegalArgumentException.class, () -> new ExtensionOffer.Parameter("a", "b c"));
    }

    /** A parser that went back would need hours for this. */
    @Test
    void shouldNeedTimeLinearInTheLine() {
        for (String line : List.of(" ".repeat(4_000_000), ",".repeat(4_000_000), "a".repeat(4_000_000), "a;" + " ".repeat(4_000_000) + "=",
            "a;b=\"" + "\\a".repeat(2_000_000), "a," + " ,".repeat(2_000_000))) {
            assertTimeout(Duration.ofSeconds(60), () -> ExtensionOffer.tryParse(List.of(line)));
        }
    }
}
