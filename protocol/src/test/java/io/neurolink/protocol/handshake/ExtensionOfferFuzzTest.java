package io.neurolink.protocol.handshake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whatever the lines, separated by LF here: refused, or a bounded list of tokens that can be written and read again. */
final class ExtensionOfferFuzzTest {
    @FuzzTest
    void shouldReadBackWhatItAccepts(byte[] data) {
        final List<String> lines = List.of(new String(data, StandardCharsets.ISO_8859_1).split("\n", -1));
        final List<ExtensionOffer> extensions = ExtensionOffer.tryParse(lines);
        if (extensions == null) {
            return;
        }
        assertTrue(extensions.size() >= lines.size() && extensions.size() <= ExtensionOffer.MAX_EXTENSIONS);
        for (ExtensionOffer extension : extensions) {
            assertTrue(extension.parameters().size() <= ExtensionOffer.MAX_PARAMETERS);
            for (ExtensionOffer.Parameter parameter : extension.parameters()) {
                assertTrue(extension.hasParameter(parameter.name()));
            }
        }
        assertEquals(extensions, ExtensionOffer.tryParse(List.of(ExtensionOffer.format(extensions))));
    }
}
