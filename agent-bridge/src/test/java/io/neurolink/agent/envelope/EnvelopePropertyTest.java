package io.neurolink.agent.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What the writer writes, the reader reads. */
class EnvelopePropertyTest {
    private final EnvelopeWriter writer = new EnvelopeWriter(1 << 20);
    private final EnvelopeReader reader = new EnvelopeReader(1 << 20, 32, 100_000);

    @Property
    void shouldReadBackAnyString(@ForAll("anyChars") String text) {
        assertEquals(wellFormed(text), reader.readValue(writer.write(text)));
    }

    @Property
    void shouldWriteTheSameUtf8AsTheJdk(@ForAll("anyChars") String text) {
        ByteBuffer bytes = writer.begin("chunk").string("content", text).end();
        String decoded = StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
        assertEquals(ByteBuffer.wrap(decoded.getBytes(StandardCharsets.UTF_8)), bytes);
        assertEquals(wellFormed(text), reader.read(bytes).fields().string("content"));
    }

    @Property
    void shouldReadBackAnyLong(@ForAll long value) {
        assertEquals(value, reader.readValue(writer.write(value)));
    }

    @Property
    void shouldReadBackAnyFiniteDouble(@ForAll double value) {
        assertEquals(value, reader.readValue(writer.write(value)));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void shouldReadBackAnyTree(@ForAll("trees") Object tree) {
        assertEquals(tree, reader.readValue(writer.write(tree)));
    }

    @Property
    void shouldReadTheSameOfUnicodeEscapes(@ForAll("anyChars") String text) {
        StringBuilder escaped = new StringBuilder("\"");
        text.chars().forEach(c -> escaped.append(String.format("\\u%04x", c)));
        escaped.append('"');
        assertEquals(text, reader.readValue(ByteBuffer.wrap(escaped.toString().getBytes(StandardCharsets.US_ASCII))));
    }

    /** All UTF-16, surrogates in any order included. */
    @Provide
    Arbitrary<String> anyChars() {
        Arbitrary<Character> chars = Arbitraries.oneOf(
                Arbitraries.chars().range('\u0000', '\u007f'),
                Arbitraries.chars().range('\u0080', '\uffff'),
                Arbitraries.chars().range('\ud800', '\udfff'));
        return chars.list().ofMaxSize(200).map(list -> {
            StringBuilder text = new StringBuilder();
            list.forEach(text::append);
            return text.toString();
        });
    }

    @Provide
    Arbitrary<Object> trees() {
        return tree(4);
    }

    private Arbitrary<Object> tree(int depth) {
        Arbitrary<Object> leaf = Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(20).map(EnvelopePropertyTest::wellFormed).asGeneric(),
                Arbitraries.longs().asGeneric(),
                Arbitraries.doubles().asGeneric(),
                Arbitraries.of(true, false).asGeneric(),
                Arbitraries.just(null));
        if (depth == 0) {
            return leaf;
        }
        Arbitrary<Object> lists = tree(depth - 1).list().ofMaxSize(4).map(ArrayList::new).asGeneric();
        Arbitrary<String> keys = Arbitraries.strings().ofMaxLength(8).map(EnvelopePropertyTest::wellFormed);
        Arbitrary<Object> maps = Arbitraries.maps(keys, tree(depth - 1)).ofMaxSize(4)
                .map((Map<String, Object> map) -> new LinkedHashMap<>(map)).asGeneric();
        return Arbitraries.oneOf(List.of(leaf, lists, maps));
    }

    private static String wellFormed(String text) {
        StringBuilder result = new StringBuilder();
        text.codePoints().forEach(point -> result.appendCodePoint(point >= 0xD800 && point <= 0xDFFF ? 0xFFFD : point));
        return result.toString();
    }
}
